//! What a pattern costs to match.

use regex_syntax::hir::{Hir, HirKind};

/// The steps that matching a pattern takes for each byte of the text, at most.
///
/// A matcher follows all positions of the pattern at once: the characters and classes
/// that are left when every counted repetition is written out. A byte may change the
/// state of each. `[ab]{200}` has 200 positions, and `\w` has one, however many
/// characters it stands for. A text that is no pattern costs nothing.
pub(crate) fn steps_per_byte(pattern: &str) -> u64 {
    const STEPS_PER_POSITION: u64 = 12;
    let hir = regex_syntax::parse(pattern);
    hir.map_or(0, |hir| positions(&hir).saturating_add(1).saturating_mul(STEPS_PER_POSITION))
}

fn positions(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            positions(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => positions(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(positions).fold(0, u64::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_repetitions_written_out() {
        for (pattern, expected) in [
            ("", 1),
            ("web", 3),
            ("web-[0-9]+", 5),
            (r"\w+-\w+", 3),
            ("[ab]*a[ab]{200}", 202),
            ("(a|bc){2,5}x?", 16),
            ("((a{10}){10}){10}", 1000),
            ("(?:^$){3}", 2),
        ] {
            assert_eq!(positions(&regex_syntax::parse(pattern).unwrap()), expected, "{pattern}");
        }
        assert_eq!(steps_per_byte("web"), 48);
        assert_eq!(steps_per_byte("("), 0);
    }
}
