//! Line icons on a grid of 24, drawn in the color of the text beside them.
//!
//! The stylesheet has each path once, as a mask: where an icon stands, it is only named. A rule may
//! draw one too, with `--icon-Star`.

use maud::{Markup, html};

macro_rules! icons {
    ($($name:ident: $path:literal,)*) => {
        /// What an icon shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(dead_code, reason = "some are drawn by the stylesheet alone")]
        pub(crate) enum Icon {
            $($name,)*
        }

        /// The rules of the stylesheet.
        pub(crate) const RULES: &str = concat!(
            ":root {",
            $(
                " --icon-", stringify!($name), ": url(\"data:image/svg+xml,<svg ",
                "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' ",
                "stroke='black' stroke-width='1.8' stroke-linecap='round' ",
                "stroke-linejoin='round'><path d='", $path, "'/></svg>\");\n",
            )*
            "}\n",
            $(".i-", stringify!($name), " { --icon: var(--icon-", stringify!($name), "); }\n",)*
        );

        fn class(icon: Icon) -> &'static str {
            match icon {
                $(Icon::$name => concat!("icon i-", stringify!($name)),)*
            }
        }
    };
}

icons! {
    Search: "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM16.2 16.2L21 21",
    Sun:
        "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12\
        H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8",
    Moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
    Check: "M5 12.5l4.5 4.5L19 7.5",
    Cross: "M6 6l12 12M18 6L6 18",
    Chevron: "M9 5l7 7l-7 7",
    Filter: "M3 6h18M7 12h10M10.5 18h3",
    Compare: "M4 5h6v14H4zM14 5h6v14h-6z",
    Play: "M7 4.5v15l12-7.5z",
    Measure: "M4 20V11M10 20V4M16 20v-6M21 20H3",
    Teach: "M12 4L2 9l10 5l10-5zM6 11.5V17c3.5 2.7 8.5 2.7 12 0v-5.5M22 9v6",
    Deploy:
        "M7 18a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 18 9.5a4 4 0 0 1 0 8.5M12 20v-8\
        M9 14.5l3-3l3 3",
    Batch: "M12 3l9 4.5l-9 4.5l-9-4.5zM3 12l9 4.5l9-4.5M3 16.5L12 21l9-4.5",
    Import: "M12 3v12M7 10.5l5 5l5-5M4 20h16",
    Text: "M5 7V5h14v2M12 5v14M9 19h6",
    Picture: "M4 5h16v14H4zM4 16l5-5l4 4l3-2.5l4 3.5M15 9h.01",
    Sound: "M4 10v4M8 6v12M12 9v6M16 4v16M20 10v4",
    Chat: "M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5",
    Vector: "M5 19L19 5M19 5h-6M19 5v6M5 19v-7M5 19h7",
    Table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
    Science:
        "M9 3h6M10 3v6l-5.5 9.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9\
        V3M7.5 15h9",
    Clock: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM12 7v5.5l3.5 2",
    Warning: "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.2",
    Trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
    Send: "M4 12L20 4l-5 16l-4-6.5zM11 13.5L20 4",
    Box: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5l8-4.5M12 12v9",
    Star: "M12 3.5l2.6 5.5l6 .8l-4.4 4.2l1.1 6L12 17.1L6.7 20l1.1-6l-4.4-4.2l6-.8z",
    Not: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17zM8 12h8",
    Download: "M12 4v11M7.5 11l4.5 4.5l4.5-4.5M5 20h14",
    Heart:
        "M12 20S3.5 14.5 3.5 8.8A4.6 4.6 0 0 1 12 6.3a4.6 4.6 0 0 1 8.5 2.5\
        C20.5 14.5 12 20 12 20z",
    Memory:
        "M6 6h12v12H6zM9.5 9.5h5v5h-5zM9 3v3M15 3v3M9 18v3M15 18v3M3 9h3M3 15h3\
        M18 9h3M18 15h3",
    Shelf: "M4 4h4v16H4zM8 7h4v13H8zM13.5 7.5l3.8-1l3.3 12.5l-3.8 1z",
    Sync:
        "M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12\
        a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5",
    Keyboard:
        "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M17.5 14h.01M6.5 14h.01M9.5 14\
        h5",
}

/// Draws an icon that says nothing a screen reader needs.
pub(crate) fn icon(which: Icon) -> Markup {
    html! { i class=(class(which)) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_drawn_by_the_stylesheet() {
        assert_eq!(icon(Icon::Star).into_string(), r#"<i class="icon i-Star"></i>"#);
        assert!(RULES.contains(".i-Star { --icon: var(--icon-Star); }"), "{RULES}");
        assert!(!RULES.contains('#'), "a hash ends an address of data");
    }
}
