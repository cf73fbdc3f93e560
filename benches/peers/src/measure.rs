//! Times, taken in turns.
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Quick,
    Thorough,
}

impl Effort {
    fn rounds(self) -> usize {
        match self {
            Self::Quick => 61,
            Self::Thorough => 241,
        }
    }
}

/// How long a round of one side takes. A machine has other work to do: many short rounds, and the middle one counts.
const ROUND: Duration = Duration::from_millis(2);

/// So many requests are made at once, before they are run: few enough to be in the processor's cache still, as a request is
/// that a server has just read.
const BATCH: u32 = 4;

/// One of the sides that are compared. It makes what a run uses up, untimed, and then runs.
pub struct Side {
    time: Box<dyn Fn(u32) -> Duration>,
}

impl Side {
    /// A run that uses nothing up.
    pub fn new(run: impl Fn() + 'static) -> Self {
        Self {
            time: Box::new(move |often| {
                let began = Instant::now();
                (0..often).for_each(|_| black_box(&run)());
                began.elapsed()
            }),
        }
    }

    /// A run that uses up what `make` makes.
    pub fn consuming<T: 'static>(make: impl Fn() -> T + 'static, run: impl Fn(T) + 'static) -> Self {
        Self {
            time: Box::new(move |often| {
                let mut took = Duration::ZERO;
                let mut left = often;
                while left > 0 {
                    let used: Vec<T> = (0..left.min(BATCH)).map(|_| make()).collect();
                    left -= used.len() as u32;
                    let began = Instant::now();
                    used.into_iter().for_each(|used| black_box(&run)(used));
                    took += began.elapsed();
                }
                took
            }),
        }
    }

    /// How long so many runs take.
    pub fn time(&self, often: u32) -> Duration {
        (self.time)(often)
    }

    /// One run, in nanoseconds.
    pub fn once(&self) -> f64 {
        self.time(1).as_nanos() as f64
    }

    /// How many runs fill a round.
    fn often(&self) -> u32 {
        let mut often = 1;
        loop {
            let took = self.time(often);
            if took >= ROUND / 2 || often >= 1 << 16 {
                let wanted = ROUND.as_secs_f64() / (took.as_secs_f64() / f64::from(often)).max(1e-9);
                return (wanted as u32).clamp(1, 1 << 16);
            }
            often *= 2;
        }
    }
}

/// The median time of one run of each side, in nanoseconds.
pub fn medians(sides: &[Side], effort: Effort) -> Vec<f64> {
    let often: Vec<u32> = sides.iter().map(Side::often).collect();
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..effort.rounds() {
        for ((side, often), times) in sides.iter().zip(&often).zip(&mut times) {
            times.push(side.time(*often).as_nanos() as f64 / f64::from(*often));
        }
    }
    times.into_iter().map(median).collect()
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
