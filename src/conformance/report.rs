//! What a run of the suite has counted and found.
use crate::scheme::Proof;
use std::fmt;

/// Mutations of one kind; the [module's documentation](super) has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Headers that are missing, doubled or changed.
    Headers,
    /// A path and a query that are changed.
    Target,
    /// Bodies that are changed.
    Body,
    /// Clocks that are late or early.
    Time,
    /// Other keys.
    Keys,
    /// Parts of another delivery.
    Grafts,
    /// The body in frames.
    Splits,
    /// Headers that should not matter.
    Unsigned,
    /// Other methods, and requests that nobody has signed.
    Methods,
}

impl Group {
    /// Every group, in the order in which they run.
    pub const ALL: [Self; 9] = [
        Self::Headers,
        Self::Target,
        Self::Body,
        Self::Time,
        Self::Keys,
        Self::Grafts,
        Self::Splits,
        Self::Unsigned,
        Self::Methods,
    ];

    /// Its name, as the report prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Target => "target",
            Self::Body => "body",
            Self::Time => "time",
            Self::Keys => "keys",
            Self::Grafts => "grafts",
            Self::Splits => "splits",
            Self::Unsigned => "unsigned",
            Self::Methods => "methods",
        }
    }
}

/// How many mutations were tried, and what became of them. What is in none of the other three is
/// [wrong](Report::wrong).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// All of them.
    pub tried: usize,
    /// Those refused, for a reason that fits.
    pub refused: usize,
    /// Those accepted, with the identity and the payload of the sample: what they change is not signed and decides
    /// nothing, or is the same in another spelling, or is within what a receiver must take.
    pub unmoved: usize,
    /// Those accepted with another payload and the identity of the sample, under a proof that does not cover the body
    /// and says so.
    pub uncovered: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.tried += other.tried;
        self.refused += other.refused;
        self.unmoved += other.unmoved;
        self.uncovered += other.uncovered;
    }
}

/// What a run of the suite has counted and found. `Display` prints it, a group a line.
#[derive(Clone, Debug)]
pub struct Report {
    scheme: String,
    proof: Option<Proof>,
    counts: [Count; Group::ALL.len()],
    wrong: Vec<String>,
    not_run: Vec<String>,
}

impl Report {
    pub(super) fn new(scheme: &str) -> Self {
        let counts = [Count::default(); Group::ALL.len()];
        Self { scheme: scheme.to_owned(), proof: None, counts, wrong: Vec::new(), not_run: Vec::new() }
    }

    /// The scheme's name.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What kind of proof the sample came with; `None` if it was refused, and nothing was tried.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        self.proof
    }

    /// What a group has counted.
    #[must_use]
    pub fn of(&self, group: Group) -> Count {
        self.counts.get(group as usize).copied().unwrap_or_default()
    }

    /// What all groups have counted.
    #[must_use]
    pub fn total(&self) -> Count {
        self.counts.iter().fold(Count::default(), |mut total, count| {
            total += *count;
            total
        })
    }

    /// What should not have been accepted, or not have been refused, or not for this reason. Empty if the scheme passes.
    #[must_use]
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// What the sample does not allow to be tried, and why.
    #[must_use]
    pub fn not_run(&self) -> &[String] {
        &self.not_run
    }

    pub(super) fn prove(&mut self, proof: Proof) {
        self.proof = Some(proof);
    }

    pub(super) fn count(&mut self, group: Group, count: impl FnOnce(&mut Count)) {
        if let Some(counted) = self.counts.get_mut(group as usize) {
            count(counted);
        }
    }

    pub(super) fn note_wrong(&mut self, what: impl fmt::Display) {
        let what = what.to_string();
        // One fault shows in many mutations, and the same words twice say no more.
        if !self.wrong.contains(&what) {
            self.wrong.push(what);
        }
    }

    pub(super) fn note_not_run(&mut self, what: impl Into<String>) {
        self.not_run.push(what.into());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proof {
            Some(proof) => writeln!(f, "{}, whose proof is {proof:?}:", self.scheme)?,
            None => writeln!(f, "{}:", self.scheme)?,
        }
        for group in Group::ALL {
            let Count { tried, refused, unmoved, uncovered } = self.of(group);
            let name = group.name();
            writeln!(
                f,
                "  {name:<8} tried={tried} refused={refused} unmoved={unmoved} uncovered={uncovered}"
            )?;
        }
        self.not_run.iter().try_for_each(|what| writeln!(f, "  not run: {what}"))?;
        self.wrong.iter().try_for_each(|what| writeln!(f, "  WRONG: {what}"))
    }
}
