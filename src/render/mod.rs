//! Reports as text and JSON, and the escaping of all logged text.
