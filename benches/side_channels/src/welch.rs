//! Welch's t-test of two classes of times, as they come.
use std::time::Duration;

/// How surely the two classes take different times: the greatest |t| of several tests. One is of all times; the others
/// leave out the slow ones, ever more of them, which are the machine's and not the code's; and one is of how much the
/// times vary.
pub fn t(number: usize, mut measure: impl FnMut(usize) -> Duration) -> f64 {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        let class = dice.roll();
        (class, measure(class).as_nanos() as f64)
    };
    // The first tell what is slow, and nothing else: processor and allocator have to become warm.
    let mut first: Vec<f64> = (0..(number / 10).clamp(100, 10_000)).map(|_| next().1).collect();
    first.sort_by(f64::total_cmp);
    let mut cropped: Vec<(f64, Test)> = (1..=CROPS)
        .map(|crop| {
            let share = 1.0 - 0.5_f64.powf(10.0 * f64::from(crop) / f64::from(CROPS));
            (first[(first.len() as f64 * share) as usize], Test::default())
        })
        .collect();
    let mean = first.iter().sum::<f64>() / first.len() as f64;
    let (mut all, mut variation) = (Test::default(), Test::default());
    let slowest = first[first.len() * 99 / 100];
    for _ in 0..number {
        let (class, time) = next();
        all.classes[class].push(time);
        if time <= slowest {
            variation.classes[class].push((time - mean).powi(2));
        }
        for (limit, test) in &mut cropped {
            if time <= *limit {
                test.classes[class].push(time);
            }
        }
    }
    let tests = cropped.iter().map(|(_, test)| test).chain([&all, &variation]);
    tests.map(|test| test.t().abs()).fold(0.0, f64::max)
}

const CROPS: u32 = 20;

#[derive(Default)]
struct Test {
    classes: [Moments; 2],
}

impl Test {
    /// None where there is too little to judge by.
    fn t(&self) -> f64 {
        let [one, other] = &self.classes;
        if one.number.min(other.number) < 100.0 {
            return 0.0;
        }
        let error = (one.variance() / one.number + other.variance() / other.number).sqrt();
        if error == 0.0 { 0.0 } else { (one.mean - other.mean) / error }
    }
}

/// Mean and variance of what comes, by Welford's method.
#[derive(Default)]
struct Moments {
    number: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, value: f64) {
        self.number += 1.0;
        let before = value - self.mean;
        self.mean += before / self.number;
        self.squares += before * (value - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.number - 1.0)
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 63) as usize
    }
}
