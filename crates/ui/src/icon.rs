//! Line icons on a grid of 24, drawn in the color of the text beside them.

use maud::{Markup, html};

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Search,
    Sun,
    Moon,
    Check,
    Cross,
    Chevron,
    Filter,
    Compare,
    Play,
    Measure,
    Teach,
    Deploy,
    Batch,
    Import,
    Text,
    Picture,
    Sound,
    Chat,
    Vector,
    Table,
    Science,
    Clock,
    Warning,
    Trash,
    Send,
    Box,
}

/// Draws an icon that says nothing a screen reader needs.
pub(crate) fn icon(which: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false" {
            path d=(path(which)) {}
        }
    }
}

fn path(icon: Icon) -> &'static str {
    match icon {
        Icon::Search => "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM16.2 16.2L21 21",
        Icon::Sun => {
            "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22\
             M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8"
        }
        Icon::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
        Icon::Check => "M5 12.5l4.5 4.5L19 7.5",
        Icon::Cross => "M6 6l12 12M18 6L6 18",
        Icon::Chevron => "M9 5l7 7l-7 7",
        Icon::Filter => "M3 6h18M7 12h10M10.5 18h3",
        Icon::Compare => "M4 5h6v14H4zM14 5h6v14h-6z",
        Icon::Play => "M7 4.5v15l12-7.5z",
        Icon::Measure => "M4 20V11M10 20V4M16 20v-6M21 20H3",
        Icon::Teach => "M12 4L2 9l10 5l10-5zM6 11.5V17c3.5 2.7 8.5 2.7 12 0v-5.5M22 9v6",
        Icon::Deploy => {
            "M7 18a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 18 9.5a4 4 0 0 1 0 8.5M12 20v-8M9 14.5l3-3l3 3"
        }
        Icon::Batch => "M12 3l9 4.5l-9 4.5l-9-4.5zM3 12l9 4.5l9-4.5M3 16.5L12 21l9-4.5",
        Icon::Import => "M12 3v12M7 10.5l5 5l5-5M4 20h16",
        Icon::Text => "M5 7V5h14v2M12 5v14M9 19h6",
        Icon::Picture => "M4 5h16v14H4zM4 16l5-5l4 4l3-2.5l4 3.5M15 9h.01",
        Icon::Sound => "M4 10v4M8 6v12M12 9v6M16 4v16M20 10v4",
        Icon::Chat => "M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5",
        Icon::Vector => "M5 19L19 5M19 5h-6M19 5v6M5 19v-7M5 19h7",
        Icon::Table => "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
        Icon::Science => {
            "M9 3h6M10 3v6l-5.5 9.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3M7.5 15h9"
        }
        Icon::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM12 7v5.5l3.5 2",
        Icon::Warning => "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.2",
        Icon::Trash => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
        Icon::Send => "M4 12L20 4l-5 16l-4-6.5zM11 13.5L20 4",
        Icon::Box => "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5l8-4.5M12 12v9",
    }
}
