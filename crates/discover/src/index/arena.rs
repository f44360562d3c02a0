//! Many short strings, or many short lists of numbers, each without an allocation of its own.

use std::io;

use super::snapshot::{Reader, Writer, damaged};

/// Strings by number.
#[derive(Debug, Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u32);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self, at: u32) -> &[u8] {
        let at = at as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    pub(super) fn get(&self, at: u32) -> &str {
        // Only whole strings go in.
        std::str::from_utf8(self.bytes(at)).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|at| self.get(at))
    }

    /// Finds a string among sorted ones.
    pub(super) fn find_sorted(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.bytes(middle).cmp(text.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        to.slice(&self.bytes)?;
        to.slice(&self.ends)
    }

    pub(super) fn read(from: &mut Reader) -> io::Result<Self> {
        let strings = Self { bytes: from.slice()?, ends: from.slice()? };
        let last = strings.ends.last().copied().unwrap_or(0) as usize;
        match strings.ends.is_sorted() && last == strings.bytes.len() {
            true => Ok(strings),
            false => Err(damaged("strings do not end where they should")),
        }
    }
}

impl<'a> FromIterator<&'a str> for Strings {
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut strings = Self::default();
        texts.into_iter().for_each(|text| strings.push(text));
        strings
    }
}

/// Lists of numbers by number.
#[derive(Debug, Default)]
pub(super) struct Lists {
    items: Vec<u32>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Lists {
    pub(super) fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        self.items.extend(items);
        self.ends.push(self.items.len() as u32);
    }

    /// Puts numbers into lists, in the order in which they come.
    pub(super) fn group(lists: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0_u32; lists];
        pairs.clone().for_each(|(list, _)| ends[list as usize] += 1);
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            // For now where each begins; it moves to the end while items come.
            *end = total - *end;
        }
        let mut items = vec![0; total as usize];
        for (list, item) in pairs {
            let at = &mut ends[list as usize];
            items[*at as usize] = item;
            *at += 1;
        }
        Self { items, ends }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, at: u32) -> &[u32] {
        let at = at as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.items[start..self.ends[at] as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len() as u32).map(|at| self.get(at))
    }

    pub(super) fn write(&self, to: &mut Writer) -> io::Result<()> {
        to.slice(&self.items)?;
        to.slice(&self.ends)
    }

    /// Reads lists of numbers below `above`.
    pub(super) fn read(from: &mut Reader, above: usize) -> io::Result<Self> {
        let lists = Self { items: from.slice()?, ends: from.slice()? };
        let last = lists.ends.last().copied().unwrap_or(0) as usize;
        let sound = lists.ends.is_sorted()
            && last == lists.items.len()
            && lists.items.iter().all(|item| (*item as usize) < above);
        if sound { Ok(lists) } else { Err(damaged("a list holds what does not exist")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_lists_come_back() {
        let strings: Strings = ["", "a", "bert", "größe"].into_iter().collect();
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["", "a", "bert", "größe"]);
        assert_eq!(strings.find_sorted("bert"), Some(2));
        assert_eq!((strings.find_sorted(""), strings.find_sorted("b")), (Some(0), None));
        let lists = Lists::group(3, [(2, 7), (0, 1), (2, 8)].into_iter());
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&[1][..], &[], &[7, 8]]);
    }
}
