//! What can be chosen about redb, and what else there is to choose.

use redb::{Builder, ConcurrencyMode};

const MIB: usize = 1024 * 1024;

#[derive(Clone, Copy)]
pub struct Setting {
    pub name: &'static str,
    pub quick_repair: bool,
    pub mode: ConcurrencyMode,
    pub cache_bytes: usize,
    /// Longest value of the log's blocks.
    pub part_bytes: usize,
    #[cfg(fuzzing)]
    page_bytes: usize,
    #[cfg(fuzzing)]
    region_bytes: u64,
}

impl Setting {
    /// As the store has it.
    pub const IN_USE: Self = Self {
        name: "in use: quick-repair, SingleWriter, 32 MiB, 4,000",
        quick_repair: true,
        mode: ConcurrencyMode::SingleWriter,
        cache_bytes: novahouse::limits::PAGE_CACHE_BYTES,
        part_bytes: novahouse::limits::BLOCK_PART_BYTES,
        #[cfg(fuzzing)]
        page_bytes: 4_096,
        #[cfg(fuzzing)]
        region_bytes: 4 * 1024 * MIB as u64,
    };

    /// All that are measured, each of which differs from what is in use in one thing.
    pub fn all() -> Vec<Self> {
        let mode = |name, mode| Self { name, mode, ..Self::IN_USE };
        let cache = |name, mib| Self { name, cache_bytes: mib * MIB, ..Self::IN_USE };
        let part = |name, part_bytes| Self { name, part_bytes, ..Self::IN_USE };
        let settings = vec![
            Self::IN_USE,
            Self { name: "no quick-repair", quick_repair: false, ..Self::IN_USE },
            mode("ExclusiveWriter, the default", ConcurrencyMode::ExclusiveWriter),
            mode("MultiWriter", ConcurrencyMode::MultiWriter),
            cache("cache of 8 MiB", 8),
            cache("cache of 128 MiB", 128),
            cache("cache of 512 MiB", 512),
            part("parts of 4,076 bytes, the most a page takes", 4_076),
            part("parts of 4,096 bytes", 4_096),
            part("parts of 8,172 bytes", 8_172),
        ];
        #[cfg(fuzzing)]
        let settings = [settings, Self::sizes()].concat();
        settings
    }

    /// What only a redb built for fuzzing lets choose.
    #[cfg(fuzzing)]
    fn sizes() -> Vec<Self> {
        let page = |name, page_bytes| Self { name, page_bytes, part_bytes: page_bytes - 20, ..Self::IN_USE };
        let region = |name, mib| Self { name, region_bytes: mib * MIB as u64, ..Self::IN_USE };
        vec![
            page("pages of 8 KiB, parts that fill them", 8_192),
            page("pages of 16 KiB, parts that fill them", 16_384),
            region("regions of 16 MiB", 16),
            region("regions of 64 MiB", 64),
        ]
    }

    /// Whether it stands for a way to share the file among processes.
    pub fn is_a_mode(&self) -> bool {
        self.mode != Self::IN_USE.mode || self.name == Self::IN_USE.name
    }

    pub fn builder(&self) -> Builder {
        let mut builder = Builder::new();
        builder.set_cache_size(self.cache_bytes).set_concurrency_mode(self.mode);
        #[cfg(fuzzing)]
        builder.set_page_size(self.page_bytes).set_region_size(self.region_bytes);
        builder
    }
}
