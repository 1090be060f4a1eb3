//! The words of reports, in both languages.

use super::period::Every;
use crate::language::Language;

/// A figure's name, and what it means.
pub struct Named(pub &'static str, pub &'static str);

/// What a report says, but for numbers and names.
pub struct Words {
    /// By `Every`.
    pub report: [&'static str; 3],
    pub previous: [&'static str; 3],
    pub compared: [&'static str; 3],
    pub summary: &'static str,
    pub conversations: Named,
    pub users: Named,
    pub leads: Named,
    pub conversion: Named,
    pub missed: Named,
    pub satisfaction: Named,
    pub median: Named,
    pub cost: Named,
    pub new: &'static str,
    pub no_change: &'static str,
    pub points: &'static str,
    pub by_hour: &'static str,
    pub by_day: &'static str,
    pub leads_by_day: &'static str,
    pub cost_by_day: &'static str,
    pub busiest: &'static str,
    pub questions: &'static str,
    pub question: &'static str,
    pub times: &'static str,
    pub share: &'static str,
    pub intents: &'static str,
    pub intent: &'static str,
    pub not_understood: &'static str,
    pub not_served: &'static str,
    pub of_all: &'static str,
    pub examples: &'static str,
    pub examples_note: &'static str,
    /// Before and after what someone wrote.
    pub quotes: [char; 2],
    pub package: &'static str,
    pub property: &'static str,
    pub count: &'static str,
    pub not_said: &'static str,
    pub other: &'static str,
    pub cost_per_conversation: &'static str,
    pub cost_per_lead: &'static str,
    pub endpoints: &'static str,
    pub endpoint: &'static str,
    pub requests: &'static str,
    pub errors: &'static str,
    pub p95: &'static str,
    pub p95_note: &'static str,
    pub nothing_asked: &'static str,
    pub all_understood: &'static str,
    pub no_leads: &'static str,
    pub no_cost: &'static str,
    pub no_requests: &'static str,
    pub nothing: &'static str,
    pub open: &'static str,
    pub open_part: &'static str,
    pub attached: &'static str,
    pub sent_because: &'static str,
    pub unsubscribe: &'static str,
    pub unsubscribe_question: &'static str,
    pub unsubscribe_yes: &'static str,
    pub unsubscribed: &'static str,
    pub unsubscribe_unknown: &'static str,
    pub late: &'static str,
    pub page: &'static str,
    pub bot: &'static str,
}

const EN: Words = Words {
    report: ["Daily report", "Weekly report", "Monthly report"],
    previous: ["the day before", "the week before", "the month before"],
    compared: ["Compared with the day before.", "Compared with the week before.", "Compared with the month before."],
    summary: "Key figures",
    conversations: Named("Conversations", "a visitor's message and the bot's reply"),
    users: Named("Users", "different people who talked"),
    leads: Named("Leads", "people who left contact data"),
    conversion: Named("Conversion", "leads, of sessions with a conversation"),
    missed: Named("Not understood", "of conversations with an intent"),
    satisfaction: Named("Satisfaction", "of those who said"),
    median: Named("Reply, median", "half of the replies were at least as fast"),
    cost: Named("Cost", "of all conversations"),
    new: "new",
    no_change: "no change",
    points: "pp",
    by_hour: "Conversations by hour",
    by_day: "Conversations by day",
    leads_by_day: "Leads by day",
    cost_by_day: "Cost by day",
    busiest: "most",
    questions: "What people asked",
    question: "Question",
    times: "Times",
    share: "Share",
    intents: "What it was about",
    intent: "Intent",
    not_understood: "What was not understood",
    not_served: "Not served",
    of_all: "Of all",
    examples: "In their own words",
    examples_note: "The latest messages that were not understood.",
    quotes: ['“', '”'],
    package: "Package",
    property: "Property",
    count: "Leads",
    not_said: "not given",
    other: "(other)",
    cost_per_conversation: "per conversation",
    cost_per_lead: "per lead",
    endpoints: "Slowest endpoints",
    endpoint: "Endpoint",
    requests: "Requests",
    errors: "Errors",
    p95: "p95",
    p95_note: "p95: 95 of 100 answers were at least as fast.",
    nothing_asked: "No question of more than ten characters was asked.",
    all_understood: "Every conversation with an intent was understood.",
    no_leads: "No one left contact data.",
    no_cost: "No costs were recorded.",
    no_requests: "No requests were recorded.",
    nothing: "Nothing happened: no conversations, visits or leads.",
    open: "Open the dashboard",
    open_part: "Open",
    attached: "The same as PDF, and the figures as CSV, are attached.",
    sent_because: "You get this because your address is among the recipients of the report",
    unsubscribe: "Unsubscribe",
    unsubscribe_question: "Do you no longer want to get this report?",
    unsubscribe_yes: "Yes, unsubscribe",
    unsubscribed: "You will not get this report any more.",
    unsubscribe_unknown: "This link is not valid any more: the report is gone, or you have unsubscribed already.",
    late: "This report comes late: the server was not running when it was due.",
    page: "page",
    bot: "bot",
};

const PL: Words = Words {
    report: ["Raport dzienny", "Raport tygodniowy", "Raport miesięczny"],
    previous: ["poprzedni dzień", "poprzedni tydzień", "poprzedni miesiąc"],
    compared: [
        "W porównaniu z poprzednim dniem.",
        "W porównaniu z poprzednim tygodniem.",
        "W porównaniu z poprzednim miesiącem.",
    ],
    summary: "Najważniejsze wskaźniki",
    conversations: Named("Rozmowy", "wiadomość gościa i odpowiedź bota"),
    users: Named("Użytkownicy", "różne osoby, które rozmawiały"),
    leads: Named("Kontakty", "osoby, które zostawiły dane"),
    conversion: Named("Konwersja", "kontakty, z sesji z rozmową"),
    missed: Named("Niezrozumiane", "z rozmów z intencją"),
    satisfaction: Named("Zadowolenie", "z tych, którzy ocenili"),
    median: Named("Odpowiedź, mediana", "połowa odpowiedzi była co najmniej tak szybka"),
    cost: Named("Koszt", "wszystkich rozmów"),
    new: "nowe",
    no_change: "bez zmian",
    points: "p.p.",
    by_hour: "Rozmowy według godzin",
    by_day: "Rozmowy według dni",
    leads_by_day: "Kontakty według dni",
    cost_by_day: "Koszt według dni",
    busiest: "najwięcej",
    questions: "O co pytano",
    question: "Pytanie",
    times: "Ile razy",
    share: "Udział",
    intents: "Czego dotyczyły rozmowy",
    intent: "Intencja",
    not_understood: "Czego bot nie zrozumiał",
    not_served: "Nieobsłużone",
    of_all: "Ze wszystkich",
    examples: "Ich własnymi słowami",
    examples_note: "Ostatnie wiadomości, których bot nie zrozumiał.",
    quotes: ['„', '”'],
    package: "Pakiet",
    property: "Nieruchomość",
    count: "Kontakty",
    not_said: "nie podano",
    other: "(inne)",
    cost_per_conversation: "na rozmowę",
    cost_per_lead: "na kontakt",
    endpoints: "Najwolniejsze punkty dostępu",
    endpoint: "Punkt dostępu",
    requests: "Żądania",
    errors: "Błędy",
    p95: "p95",
    p95_note: "p95: 95 na 100 odpowiedzi było co najmniej tak szybkich.",
    nothing_asked: "Nie zadano żadnego pytania dłuższego niż dziesięć znaków.",
    all_understood: "Wszystkie rozmowy z intencją zostały zrozumiane.",
    no_leads: "Nikt nie zostawił danych kontaktowych.",
    no_cost: "Nie zapisano żadnych kosztów.",
    no_requests: "Nie zapisano żadnych żądań.",
    nothing: "Nic się nie wydarzyło: nie było rozmów, wizyt ani kontaktów.",
    open: "Otwórz pulpit",
    open_part: "Otwórz",
    attached: "W załączeniu to samo jako PDF oraz wskaźniki jako CSV.",
    sent_because: "Dostajesz tę wiadomość, bo Twój adres jest wśród odbiorców raportu",
    unsubscribe: "Wypisz się",
    unsubscribe_question: "Nie chcesz już dostawać tego raportu?",
    unsubscribe_yes: "Tak, wypisz mnie",
    unsubscribed: "Nie dostaniesz już tego raportu.",
    unsubscribe_unknown: "Ten odnośnik jest już nieważny: raportu nie ma albo wypisano Cię wcześniej.",
    late: "Ten raport przychodzi z opóźnieniem: serwer nie działał, gdy przyszła jego pora.",
    page: "strona",
    bot: "bot",
};

impl Words {
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::Pl => &PL,
        }
    }

    /// What someone wrote, as such.
    pub fn quoted(&self, text: &str) -> String {
        let [before, after] = self.quotes;
        format!("{before}{text}{after}")
    }

    /// What the report is called.
    pub fn report_of(&self, every: Every) -> &'static str {
        self.report[every as usize]
    }

    /// With what its figures are compared, as a sentence.
    pub fn compared_of(&self, every: Every) -> &'static str {
        self.compared[every as usize]
    }

    /// What its figures are compared with.
    pub fn previous_of(&self, every: Every) -> &'static str {
        self.previous[every as usize]
    }
}
