//! What it takes to run the program for real: the unit, the package, and the doctor.

mod doctor;
mod package;
