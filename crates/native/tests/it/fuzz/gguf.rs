//! The metadata of GGUF files, and the tokenizers in it.

use testkit::Mutator;

use super::{ask, confined};
use crate::gguf::convert::{Written, convert};
use crate::gguf::writer::{Gguf, Meta};

/// Numbers that sizes, counts and offsets are confused by.
const NUMBERS: [u64; 8] = [0, 1, 2, 31, 320, 1 << 16, 1 << 31, u64::MAX];

#[test]
fn a_file_with_other_metadata_is_used_or_refused() {
    let sound = ["llama", "qwen2", "gemma3"].map(|name| convert(name, Written::Q8_0));
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("model.gguf");
    confined("fuzz::gguf::a_file_with_other_metadata_is_used_or_refused", 1_500).run(|seed| {
        let mut mutator = Mutator::new(seed);
        let mut gguf = sound[seed as usize % sound.len()].clone();
        for _ in 0..=mutator.below(3) {
            change(&mut mutator, &mut gguf);
        }
        std::fs::write(&file, gguf.bytes()).expect("written");
        ask(dir.path());
    });
}

fn change(mutator: &mut Mutator, gguf: &mut Gguf) {
    let (from, to) = (mutator.below(gguf.metadata.len()), mutator.below(gguf.metadata.len()));
    match mutator.below(6) {
        0 => gguf.metadata[to].1 = gguf.metadata[from].1.clone(),
        1 => drop(gguf.metadata.remove(from)),
        2 => {
            let name = mutator.text(&gguf.metadata[from].0);
            gguf.metadata[from].0 = name;
        }
        3 => change_tensor(mutator, gguf),
        _ => gguf.metadata[from].1 = other(mutator, &gguf.metadata[from].1),
    }
}

fn change_tensor(mutator: &mut Mutator, gguf: &mut Gguf) {
    let (at, to) = (mutator.below(gguf.tensors.len()), mutator.below(gguf.tensors.len()));
    match mutator.below(4) {
        0 => drop(gguf.tensors.remove(at)),
        1 => gguf.tensors[at].name = gguf.tensors[to].name.clone(),
        2 => gguf.tensors[at].shape = gguf.tensors[to].shape.clone(),
        _ => gguf.tensors[at].kind = *mutator.pick(&[0, 1, 2, 8, 12, 14, 30, 99]),
    }
}

fn other(mutator: &mut Mutator, value: &Meta) -> Meta {
    let number = *mutator.pick(&NUMBERS);
    match value {
        Meta::U32(_) => Meta::U32(number as u32),
        Meta::I32(_) => Meta::I32(number as i32),
        Meta::U64(_) => Meta::U64(number),
        Meta::F32(_) => Meta::F32(*mutator.pick(&[0.0, -1.0, f32::NAN, f32::MAX, 1e-30])),
        Meta::Flag(flag) => Meta::Flag(!flag),
        Meta::Text(text) => Meta::Text(mutator.text(text)),
        Meta::Texts(texts) => {
            let at = mutator.below(texts.len());
            let mut changed = other_list(mutator, texts);
            if let (Some(one), Some(text)) = (changed.get_mut(at), texts.get(at)) {
                *one = mutator.text(text);
            }
            Meta::Texts(changed)
        }
        Meta::Floats(numbers) => Meta::Floats(other_list(mutator, numbers)),
        Meta::Numbers(numbers) => {
            let mut changed = other_list(mutator, numbers);
            let at = mutator.below(changed.len());
            changed.get_mut(at).into_iter().for_each(|one| *one = number as i32);
            Meta::Numbers(changed)
        }
        Meta::Flags(flags) => Meta::Flags(other_list(mutator, flags)),
        Meta::Raw(kind, bytes) => Meta::Raw(*kind, mutator.bytes(bytes)),
    }
}

fn other_list<T: Clone>(mutator: &mut Mutator, list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    let (at, to) = (mutator.below(list.len()), mutator.below(list.len()));
    match mutator.below(6) {
        0 => list.truncate(at),
        1 if !list.is_empty() => list.swap(at, to),
        2 if !list.is_empty() => list[to] = list[at].clone(),
        3 if !list.is_empty() => list.extend(vec![list[at].clone(); 10]),
        4 => list.clear(),
        _ => (),
    }
    list
}
