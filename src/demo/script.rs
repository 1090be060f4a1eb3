//! What the demo's visitors say, and what they are told.

pub struct Topic {
    pub intent: &'static str,
    /// How often it comes up, beside the others.
    pub weight: u32,
    /// Share of its exchanges that did not help.
    pub fails: f64,
    pub polish: &'static [&'static str],
    pub english: &'static [&'static str],
    pub reply_polish: &'static str,
    pub reply_english: &'static str,
}

pub const TOPICS: &[Topic] = &[
    Topic {
        intent: "prices",
        weight: 26,
        fails: 0.04,
        polish: &[
            "Ile kosztuje wykończenie mieszkania 50 m2?",
            "Jaka jest cena za metr pod klucz?",
            "Ile zapłacę za remont łazienki?",
            "Proszę o wycenę kuchni i salonu",
        ],
        english: &[
            "What does finishing a flat of 50 square metres cost?",
            "How much is a bathroom renovation?",
            "What is your price per square metre?",
        ],
        reply_polish: "Wykończenie pod klucz zaczyna się od 1 499 zł za metr. Policzyć dla Pana mieszkania?",
        reply_english: "A turnkey finish starts at 1,499 zł per square metre. Shall I work it out for your flat?",
    },
    Topic {
        intent: "packages",
        weight: 15,
        fails: 0.05,
        polish: &[
            "Jakie macie pakiety wykończenia?",
            "Czym różni się pakiet komfort od premium?",
            "Co zawiera pakiet podstawowy?",
        ],
        english: &["Which packages do you offer?", "What is the difference between comfort and premium?"],
        reply_polish: "Mamy cztery pakiety: podstawowy, komfort, premium i indywidualny.",
        reply_english: "There are four packages: basic, comfort, premium and individual.",
    },
    Topic {
        intent: "consultation",
        weight: 12,
        fails: 0.03,
        polish: &["Chciałbym umówić się na konsultację", "Czy można spotkać się z projektantem w sobotę?"],
        english: &["I would like to book a consultation", "Can I meet a designer on Saturday?"],
        reply_polish: "Chętnie. Proszę zostawić numer telefonu, a projektant oddzwoni dziś.",
        reply_english: "Gladly. Leave a phone number and a designer will call back today.",
    },
    Topic {
        intent: "timeline",
        weight: 10,
        fails: 0.08,
        polish: &["Ile trwa wykończenie mieszkania?", "Kiedy możecie zacząć remont?"],
        english: &["How long does a renovation take?", "When could you begin?"],
        reply_polish: "Mieszkanie 50 m2 wykańczamy zwykle w dziewięć tygodni.",
        reply_english: "A flat of 50 square metres usually takes nine weeks.",
    },
    Topic {
        intent: "contact",
        weight: 8,
        fails: 0.02,
        polish: &["Jaki jest numer telefonu do biura?", "Gdzie macie siedzibę w Warszawie?"],
        english: &["What is your phone number?", "Where is your office in Warsaw?"],
        reply_polish: "Biuro: ul. Przykładowa 1, Warszawa, czynne od 9 do 17.",
        reply_english: "Our office is at ul. Przykładowa 1, Warsaw, open from 9 to 17.",
    },
    Topic {
        intent: "complaint",
        weight: 5,
        fails: 0.46,
        polish: &["Ekipa spóźnia się już drugi tydzień", "Płytki w łazience są krzywo położone"],
        english: &["The crew is two weeks late", "The tiles in my bathroom are crooked"],
        reply_polish: "Bardzo przepraszamy. Przekazuję sprawę kierownikowi budowy.",
        reply_english: "We are very sorry. I am passing this to the site manager.",
    },
    Topic {
        intent: "greeting",
        weight: 11,
        fails: 0.0,
        polish: &["Dzień dobry", "Cześć"],
        english: &["Hello", "Good morning"],
        reply_polish: "Dzień dobry! W czym mogę pomóc?",
        reply_english: "Hello! How can I help?",
    },
    Topic {
        intent: "thanks",
        weight: 5,
        fails: 0.0,
        polish: &["Dziękuję bardzo za pomoc", "Super, dzięki"],
        english: &["Thank you very much", "Great, thanks"],
        reply_polish: "Proszę bardzo, miłego dnia!",
        reply_english: "You are welcome. Have a good day!",
    },
    Topic {
        intent: "fallback",
        weight: 9,
        fails: 1.0,
        polish: &["a psa przyjmiecie do mieszkania z marmurem", "czy robicie też jachty?"],
        english: &["do you also do boats", "my cat ate the paint samples"],
        reply_polish: "Przepraszam, tego nie rozumiem. Mogę połączyć z konsultantem.",
        reply_english: "Sorry, I did not understand. I can connect you to a consultant.",
    },
];

pub const PAGES: &[&str] = &["/", "/pakiety", "/cennik", "/realizacje", "/kontakt", "/blog/jak-wybrac-plytki"];
pub const REFERRERS: &[&str] =
    &["https://www.google.com/", "https://www.facebook.com/", "https://www.instagram.com/", "https://www.otodom.pl/"];
pub const BROWSERS: &[&str] =
    &["Chrome", "Chrome", "Chrome", "Safari", "Safari", "Firefox", "Edge", "Samsung Internet"];
pub const CONVERSIONS: &[&str] = &["form_submitted", "call_requested", "consultation_booked"];
pub const ENDPOINTS: &[&str] = &["/api/chat", "/api/chat", "/api/chat", "/api/quote", "/api/calendar"];
pub const PACKAGES: &[&str] = &["podstawowy", "komfort", "komfort", "premium", "indywidualny"];
pub const PROPERTY_TYPES: &[&str] = &["mieszkanie", "mieszkanie", "dom", "biuro"];
pub const CITIES: &[&str] = &["Warszawa", "Kraków", "Wrocław", "Gdańsk", "Poznań", "Łódź"];
pub const NAMES_POLISH: &[&str] = &["Anna Kowalska", "Piotr Nowak", "Katarzyna Wiśniewska", "Łukasz Zieliński"];
pub const NAMES_ENGLISH: &[&str] = &["Emma Clark", "Oliver Hughes", "Sophie Martin"];
