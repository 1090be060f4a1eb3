//! The real executable on real directories: what it prints, how it exits, what it leaves behind.

mod beside;
mod commands;
mod first_system;
mod first_system_made;
mod full_disk;
mod import;
mod kill;
mod operable;
mod readme;
mod serve;
