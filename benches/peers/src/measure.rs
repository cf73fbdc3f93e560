//! Times, taken in turns.
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
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

/// One of the sides that are compared. It makes what so many runs use up, untimed, and then runs.
pub(crate) struct Side {
    prepare: Box<dyn Fn(u32) -> Box<dyn FnOnce()>>,
}

impl Side {
    /// A run that uses nothing up.
    pub(crate) fn new(run: impl Fn() + Clone + 'static) -> Self {
        let prepare = move |often| {
            let run = run.clone();
            let all: Box<dyn FnOnce()> = Box::new(move || (0..often).for_each(|_| black_box(&run)()));
            all
        };
        Self { prepare: Box::new(prepare) }
    }

    /// A run that uses up what `make` makes.
    pub(crate) fn consuming<T: 'static>(
        make: impl Fn() -> T + 'static,
        run: impl Fn(T) + Clone + 'static,
    ) -> Self {
        let prepare = move |often| {
            let used: Vec<T> = (0..often).map(|_| make()).collect();
            let run = run.clone();
            let all: Box<dyn FnOnce()> = Box::new(move || used.into_iter().for_each(|used| black_box(&run)(used)));
            all
        };
        Self { prepare: Box::new(prepare) }
    }

    fn time(&self, often: u32) -> Duration {
        let run = (self.prepare)(often);
        let began = Instant::now();
        run();
        began.elapsed()
    }

    /// One run, in nanoseconds.
    pub(crate) fn once(&self) -> f64 {
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
pub(crate) fn medians(sides: &[Side], effort: Effort) -> Vec<f64> {
    let often: Vec<u32> = sides.iter().map(Side::often).collect();
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..effort.rounds() {
        for ((side, often), times) in sides.iter().zip(&often).zip(&mut times) {
            times.push(side.time(*often).as_nanos() as f64 / f64::from(*often));
        }
    }
    times.into_iter().map(median).collect()
}

pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
