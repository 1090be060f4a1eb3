//! The colours of a printed report.

use crate::report::chart::Ink;
use crate::report::page::Mood;

/// Red, green, blue, each 0 to 1.
pub type Rgb = [f32; 3];

pub const TEXT: Rgb = rgb(0x1a, 0x21, 0x30);
pub const QUIET: Rgb = rgb(0x59, 0x61, 0x73);
pub const LINE: Rgb = rgb(0xe5, 0xe2, 0xd9);
pub const LINK: Rgb = rgb(0x0b, 0x5f, 0x7a);

const fn rgb(red: u8, green: u8, blue: u8) -> Rgb {
    [red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0]
}

pub fn of_mood(mood: Mood) -> Rgb {
    match mood {
        Mood::Good => rgb(0x15, 0x69, 0x4d),
        Mood::Bad => rgb(0xa8, 0x39, 0x0f),
        Mood::Neither => QUIET,
    }
}

/// On white paper.
pub fn of_ink(ink: Ink) -> Rgb {
    match ink {
        Ink::Bar => rgb(0x2b, 0x86, 0xa6),
        Ink::Before => rgb(0xdc, 0x6b, 0x2f),
        Ink::Grid => LINE,
        Ink::Label => QUIET,
    }
}
