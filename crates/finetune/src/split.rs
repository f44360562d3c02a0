//! Which rows are kept for validation: of each class its share, chosen by the seed.

/// Returns for each row whether it is kept for validation.
///
/// Every class keeps a row to learn from; as many are kept as `share` of all rows, where the
/// classes have that many.
pub(crate) fn held_out(labels: &[usize], classes: usize, share: f64, seed: u64) -> Vec<bool> {
    let mut by_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (row, label) in labels.iter().enumerate() {
        by_class[*label].push(row);
    }
    let sizes: Vec<usize> = by_class.iter().map(Vec::len).collect();
    let mut held_out = vec![false; labels.len()];
    for (rows, count) in by_class.iter_mut().zip(quotas(&sizes, share)) {
        rows.sort_by_key(|row| (scatter(seed, *row as u64), *row));
        rows.iter().take(count).for_each(|row| held_out[*row] = true);
    }
    held_out
}

/// Shares out by the largest remainder.
fn quotas(sizes: &[usize], share: f64) -> Vec<usize> {
    let wanted = |size: usize| size as f64 * share;
    let spare = |size: usize| size.saturating_sub(1);
    let mut quotas: Vec<usize> =
        sizes.iter().map(|size| (wanted(*size) as usize).min(spare(*size))).collect();
    let total = wanted(sizes.iter().sum()).round() as usize;
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    let remainder = |class: &usize| wanted(sizes[*class]).fract();
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(b)));
    let mut left = total.saturating_sub(quotas.iter().sum());
    for class in order {
        if left > 0 && quotas[class] < spare(sizes[class]) {
            quotas[class] += 1;
            left -= 1;
        }
    }
    quotas
}

/// Mixes seed and row into a number that looks like chance (the finalizer of SplitMix64).
fn scatter(seed: u64, row: u64) -> u64 {
    let mut x = seed ^ row.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept_of(labels: &[usize], held_out: &[bool], class: usize) -> usize {
        labels.iter().zip(held_out).filter(|(label, held)| **label == class && **held).count()
    }

    #[test]
    fn each_class_gives_its_share() {
        let sizes = [40, 20, 10, 5, 5, 1];
        let labels: Vec<usize> =
            sizes.iter().enumerate().flat_map(|(class, size)| vec![class; *size]).collect();
        let held_out = held_out(&labels, sizes.len(), 0.1, 7);
        let kept: Vec<usize> = (0..6).map(|class| kept_of(&labels, &held_out, class)).collect();
        assert_eq!(kept, [4, 2, 1, 1, 0, 0]);
    }

    #[test]
    fn the_seed_chooses_the_rows() {
        let labels = vec![0; 100];
        let rows = |seed| held_out(&labels, 1, 0.2, seed);
        assert_eq!(rows(1), rows(1));
        assert_ne!(rows(1), rows(2));
    }

    proptest! {
        #[test]
        fn no_class_is_lost_and_the_total_fits(
            labels in prop::collection::vec(0..5_usize, 1..200),
            share in 0.0..0.5_f64,
            seed: u64,
        ) {
            let held_out = held_out(&labels, 5, share, seed);
            let total = held_out.iter().filter(|held| **held).count();
            prop_assert!(total <= (labels.len() as f64 * share).round() as usize);
            for class in 0..5 {
                let size = labels.iter().filter(|label| **label == class).count();
                let kept = kept_of(&labels, &held_out, class);
                prop_assert!(size == 0 || kept < size, "class {} of {} lost {}", class, size, kept);
                prop_assert!((kept as f64 - size as f64 * share).abs() <= 1.0 || kept + 1 == size);
            }
        }
    }
}
