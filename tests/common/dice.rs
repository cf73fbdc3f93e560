//! A generator that is the same in every run.

/// Xorshift, seeded by whoever throws: the same throws for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    /// Any seed will do, zero too.
    pub(crate) fn new(seed: u64) -> Self {
        // One bit is always set, since nothing comes of zero; and seeds that are near each other are driven apart.
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            dice.roll(1);
        }
        dice
    }

    /// Less than `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.roll(among.len())]
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        const SPECIAL: &[u8] = b"=,;. :-+0123456789vt\t\"{}[]\\%\x7f\x80\xff";
        (0..self.roll(most + 1)).map(|_| self.pick(SPECIAL)).collect()
    }

    /// The bytes with some of them replaced, removed, repeated or added.
    pub(crate) fn garble(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.roll(3) {
            let at = self.roll(bytes.len() + 1);
            match self.roll(5) {
                0 => bytes.truncate(at),
                1 => bytes.splice(at..at, self.bytes(20)).for_each(drop),
                2 => drop(bytes.drain(..at)),
                3 => bytes.extend_from_within(at..),
                _ if at < bytes.len() => bytes[at] ^= 1 << self.roll(8),
                _ => bytes.clear(),
            }
        }
        bytes
    }
}
