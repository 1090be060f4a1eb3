//! Values in columns: what many events, or rows, have of one field lies together. Numbers are packed to the bits they need
//! (`pack.rs`), texts are compressed together (`bytes.rs`), repeated names are said once. What the columns of a type are is
//! listed in `events.rs` and `rows.rs`; everything else here knows no type of the program.

mod bytes;
mod combine;
mod events;
mod numbers;
pub mod pack;
mod rows;
mod texts;

pub use bytes::{Effort, Input, Output, compress, decompress};
pub use events::{Events, Kept, Whose};
pub use rows::{Sessions, Users};

/// Why bytes cannot be read as columns.
pub type Damage = &'static str;

/// A column: values are pushed and written, or read and taken in the order they were pushed.
pub trait Column: Default {
    type Value;

    fn push(&mut self, value: &Self::Value);

    fn write(&self, output: &mut Output);

    /// # Errors
    /// Where the bytes are not what `write` made.
    fn read(input: &mut Input<'_>) -> Result<Self, Damage>;

    /// # Errors
    /// Where there is none left, or what is there is no such value.
    fn next(&mut self) -> Result<Self::Value, Damage>;

    /// Passes over the next value, at a fraction of the cost.
    ///
    /// # Errors
    /// Where there is none left.
    fn skip(&mut self) -> Result<(), Damage>;
}

/// Columns of a struct: one for each field.
macro_rules! columns {
    ($($(#[$doc:meta])* $columns:ident of $type:ident { $($field:ident: $column:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub struct $columns {
            $($field: $column,)+
        }

        impl $crate::store::columns::Column for $columns {
            type Value = $type;

            fn push(&mut self, value: &$type) {
                // Every field is named, so that none can be forgotten.
                let $type { $($field),+ } = value;
                $(self.$field.push($field);)+
            }

            fn write(&self, output: &mut $crate::store::columns::Output) {
                $(self.$field.write(output);)+
            }

            fn read(input: &mut $crate::store::columns::Input<'_>) -> Result<Self, $crate::store::columns::Damage> {
                Ok(Self { $($field: <$column>::read(input)?,)+ })
            }

            fn next(&mut self) -> Result<$type, $crate::store::columns::Damage> {
                Ok($type { $($field: self.$field.next()?,)+ })
            }

            fn skip(&mut self) -> Result<(), $crate::store::columns::Damage> {
                $(self.$field.skip()?;)+
                Ok(())
            }
        }
    )+};
}
use columns;
