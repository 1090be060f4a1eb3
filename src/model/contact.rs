//! What the messages of one session say of the visitor.

use serde::{Deserialize, Serialize};

use super::event::Lead;
use super::session::{Moment, Said, keep_latest, text_weight};

/// Each fact as it was said last, in whatever order the messages arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When an address or a number was first left: the moment of the lead.
    pub reached: Option<Moment>,
    pub name: Option<Said>,
    pub email: Option<Said>,
    pub phone: Option<Said>,
    pub interested_package: Option<Said>,
    pub property_size: Option<Said>,
    pub property_type: Option<Said>,
    pub location: Option<Said>,
    pub additional_info: Option<Said>,
}

impl Contact {
    /// Takes in what one more message says.
    pub fn hear(&mut self, at: Moment, said: &Lead) {
        if said.is_reachable() {
            self.reached = Some(self.reached.map_or(at, |reached| reached.min(at)));
        }
        let Lead { name, email, phone, interested_package, property_size, property_type, location, additional_info } =
            said;
        for (kept, value) in [
            (&mut self.name, name),
            (&mut self.email, email),
            (&mut self.phone, phone),
            (&mut self.interested_package, interested_package),
            (&mut self.property_size, property_size),
            (&mut self.property_type, property_type),
            (&mut self.location, location),
            (&mut self.additional_info, additional_info),
        ] {
            keep_latest(kept, at, value.as_deref());
        }
    }

    /// Estimated bytes in memory.
    pub fn weight(&self) -> usize {
        let Self {
            reached: _,
            name,
            email,
            phone,
            interested_package,
            property_size,
            property_type,
            location,
            additional_info,
        } = self;
        let said = [name, email, phone, interested_package, property_size, property_type, location, additional_info];
        size_of::<Self>() + said.into_iter().flatten().map(|said| text_weight(&said.value)).sum::<usize>()
    }

    /// All that is known.
    pub fn lead(&self) -> Lead {
        let value = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone());
        Lead {
            name: value(&self.name),
            email: value(&self.email),
            phone: value(&self.phone),
            interested_package: value(&self.interested_package),
            property_size: value(&self.property_size),
            property_type: value(&self.property_type),
            location: value(&self.location),
            additional_info: value(&self.additional_info),
        }
    }
}
