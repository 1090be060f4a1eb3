//! What a bench is called with.

pub struct Arguments(Vec<String>);

impl Arguments {
    pub fn read() -> Self {
        // Cargo says `--bench` to each.
        Self(std::env::args().skip(1).filter(|word| word != "--bench").collect())
    }

    pub fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|word| word == flag)
    }

    /// Runs for long, with ten million events and more.
    pub fn is_full(&self) -> bool {
        self.has("--full")
    }

    pub fn figures(&self) -> Vec<u64> {
        self.0.iter().filter_map(|word| word.replace(['_', ','], "").parse().ok()).collect()
    }
}
