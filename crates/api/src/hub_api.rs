//! The shapes of the Hugging Face hub, as its clients read them under `/api/models`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A model in a list or by itself; a key that is not known is absent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubModel {
    /// Names the model for ever: `collection/name`.
    #[serde(rename = "_id")]
    pub key: String,
    /// What clients ask for it by.
    pub id: String,
    /// The same; older clients read this one.
    #[serde(rename = "modelId")]
    pub model_id: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The commit: from the digest of the files that are here, else the pinned one of its hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// When it last changed.
    #[serde(rename = "lastModified", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// When it came here.
    #[serde(rename = "createdAt", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Never: whoever reads the catalog sees all of it.
    pub private: bool,
    /// Whether its files must be asked for.
    pub gated: HubGate,
    /// Never.
    pub disabled: bool,
    /// Downloads in the last month, as its source counts them.
    pub downloads: u64,
    /// How many people like it, as its source counts them.
    pub likes: u64,
    /// The library that its files are made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_name: Option<String>,
    /// Its first task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_tag: Option<String>,
    /// Everything that `filter` finds it by.
    pub tags: Vec<String>,
    /// The facts of its card.
    #[serde(rename = "cardData", skip_serializing_if = "Option::is_none")]
    pub card_data: Option<HubCard>,
    /// What its `config.json` says first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<HubConfig>,
    /// How many numbers its weights have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safetensors: Option<HubWeights>,
    /// Bytes of its files.
    #[serde(rename = "usedStorage", skip_serializing_if = "Option::is_none")]
    pub used_storage: Option<u64>,
    /// Its files, where they are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub siblings: Option<Vec<HubSibling>>,
}

/// Whether the files of a model must be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HubGate {
    /// `false`: everybody may have them.
    Open(bool),
    /// `manual`: its publisher decides.
    By(String),
}

/// The facts of a card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubCard {
    /// The license in lower case.
    pub license: String,
    /// Languages.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub language: Vec<String>,
    /// Keywords.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<String>,
    /// Data sets that it was trained on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub datasets: Vec<String>,
    /// The library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_name: Option<String>,
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_tag: Option<String>,
    /// The model that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_model: Option<String>,
}

/// What a `config.json` says first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubConfig {
    /// The classes that can load it.
    pub architectures: Vec<String>,
}

/// How many numbers the weights have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubWeights {
    /// By type, such as `BF16`; empty where the types are not known.
    pub parameters: BTreeMap<String, u64>,
    /// Together.
    pub total: u64,
}

/// A file of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubSibling {
    /// The path.
    pub rfilename: String,
    /// Bytes; with `blobs=true`, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Forty digits of its SHA-256.
    #[serde(rename = "blobId", skip_serializing_if = "Option::is_none")]
    pub blob_id: Option<String>,
    /// The whole digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs: Option<HubSiblingDigest>,
}

/// The digest of a file in a list of siblings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubSiblingDigest {
    /// Hexadecimal SHA-256.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Bytes that a pointer to it would have.
    #[serde(rename = "pointerSize")]
    pub pointer_size: u64,
}

/// A file or folder of a tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubEntry {
    /// `file` or `directory`.
    pub r#type: String,
    /// Forty digits that change with the content.
    pub oid: String,
    /// Bytes; 0 of a folder.
    pub size: u64,
    /// The path from the root.
    pub path: String,
    /// The digest of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs: Option<HubEntryDigest>,
    /// The version that has it; with `expand=true`.
    #[serde(rename = "lastCommit", skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<HubLastCommit>,
}

/// The digest of a file in a tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubEntryDigest {
    /// Hexadecimal SHA-256.
    pub oid: String,
    /// Bytes.
    pub size: u64,
    /// Bytes that a pointer to it would have.
    #[serde(rename = "pointerSize")]
    pub pointer_size: u64,
}

/// The version that an entry is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubLastCommit {
    /// The commit.
    pub id: String,
    /// `version 3`.
    pub title: String,
    /// When it was made.
    pub date: String,
}

/// The revisions of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubRefs {
    /// `main`: the newest version.
    pub branches: Vec<HubRef>,
    /// Every version by its number.
    pub tags: Vec<HubRef>,
    /// None.
    pub converts: Vec<HubRef>,
}

/// A revision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubRef {
    /// The name.
    pub name: String,
    /// The name with its kind.
    pub r#ref: String,
    /// The commit.
    #[serde(rename = "targetCommit")]
    pub target_commit: String,
}

/// A version as a commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubCommit {
    /// The commit.
    pub id: String,
    /// `version 3`.
    pub title: String,
    /// Nothing more.
    pub message: String,
    /// When it was made.
    pub date: String,
    /// Nobody in particular.
    pub authors: Vec<HubAuthor>,
}

/// Who made a commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubAuthor {
    /// The name.
    pub user: String,
}

/// The body of a refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HubError {
    /// One sentence with its causes and what to do next.
    pub error: String,
}
