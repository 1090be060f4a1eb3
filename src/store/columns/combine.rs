//! Columns of what may be absent, of lists, and of pairs.

use super::numbers::Numbers;
use super::{Column, Damage, Input, Output};

/// What may be absent.
#[derive(Default)]
pub struct Maybe<C> {
    there: Numbers<bool>,
    values: C,
}

impl<C: Column> Column for Maybe<C> {
    type Value = Option<C::Value>;

    fn push(&mut self, value: &Self::Value) {
        self.there.push(&value.is_some());
        if let Some(value) = value {
            self.values.push(value);
        }
    }

    fn write(&self, output: &mut Output) {
        self.there.write(output);
        self.values.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(Self { there: Numbers::read(input)?, values: C::read(input)? })
    }

    fn next(&mut self) -> Result<Self::Value, Damage> {
        if self.there.next()? { self.values.next().map(Some) } else { Ok(None) }
    }

    fn skip(&mut self) -> Result<(), Damage> {
        if self.there.next()? { self.values.skip() } else { Ok(()) }
    }
}

/// A column that came with a version of the encoding: what was written before has none.
pub struct Later<C, const SINCE: u8 = 2> {
    values: Option<C>,
}

impl<C: Default, const SINCE: u8> Default for Later<C, SINCE> {
    fn default() -> Self {
        Self { values: Some(C::default()) }
    }
}

impl<C: Column<Value: Default>, const SINCE: u8> Column for Later<C, SINCE> {
    type Value = C::Value;

    fn push(&mut self, value: &Self::Value) {
        self.values.as_mut().expect("a column is read or written").push(value);
    }

    fn write(&self, output: &mut Output) {
        self.values.as_ref().expect("a column is read or written").write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        let values = if input.version < SINCE { None } else { Some(C::read(input)?) };
        Ok(Self { values })
    }

    fn next(&mut self) -> Result<Self::Value, Damage> {
        self.values.as_mut().map_or_else(|| Ok(C::Value::default()), C::next)
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.values.as_mut().map_or(Ok(()), C::skip)
    }
}

/// Lists, their items one behind the other.
#[derive(Default)]
pub struct Lists<C> {
    lengths: Numbers<u32>,
    items: C,
}

impl<C: Column> Column for Lists<C> {
    type Value = Vec<C::Value>;

    fn push(&mut self, value: &Self::Value) {
        self.lengths.push(&u32::try_from(value.len()).expect("a list's length is bounded"));
        value.iter().for_each(|item| self.items.push(item));
    }

    fn write(&self, output: &mut Output) {
        self.lengths.write(output);
        self.items.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(Self { lengths: Numbers::read(input)?, items: C::read(input)? })
    }

    fn next(&mut self) -> Result<Self::Value, Damage> {
        // A length that is too great ends with the column.
        (0..self.lengths.next()?).map(|_| self.items.next()).collect()
    }

    fn skip(&mut self) -> Result<(), Damage> {
        (0..self.lengths.next()?).try_for_each(|_| self.items.skip())
    }
}

/// What lies in a box.
#[derive(Default)]
pub struct Boxed<C>(C);

impl<C: Column> Boxed<C> {
    /// Pushes a value that lies in no box.
    pub fn push_inner(&mut self, value: &C::Value) {
        self.0.push(value);
    }
}

impl<C: Column> Column for Boxed<C> {
    type Value = Box<C::Value>;

    fn push(&mut self, value: &Self::Value) {
        self.0.push(value);
    }

    fn write(&self, output: &mut Output) {
        self.0.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        C::read(input).map(Self)
    }

    fn next(&mut self) -> Result<Self::Value, Damage> {
        self.0.next().map(Box::new)
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.0.skip()
    }
}

/// Pairs.
#[derive(Default)]
pub struct Pairs<A, B>(A, B);

impl<A: Column, B: Column> Column for Pairs<A, B> {
    type Value = (A::Value, B::Value);

    fn push(&mut self, value: &Self::Value) {
        self.0.push(&value.0);
        self.1.push(&value.1);
    }

    fn write(&self, output: &mut Output) {
        self.0.write(output);
        self.1.write(output);
    }

    fn read(input: &mut Input<'_>) -> Result<Self, Damage> {
        Ok(Self(A::read(input)?, B::read(input)?))
    }

    fn next(&mut self) -> Result<Self::Value, Damage> {
        Ok((self.0.next()?, self.1.next()?))
    }

    fn skip(&mut self) -> Result<(), Damage> {
        self.0.skip()?;
        self.1.skip()
    }
}
