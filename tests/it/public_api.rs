//! Compares the public API, read from the sources, with a committed snapshot,
//! `tests/data/api.txt`. Implementations of auto traits such as `Send` are tested in
//! `trait_impls.rs`.
//!
//! Renew the list with `QUIETUDE_RENEW_API=1 cargo test --test it public_api`.
//!
//! `cargo public-api` would do the same, but it needs the JSON output of rustdoc, which
//! only a nightly toolchain has (stable rejects `--output-format json`), and these tests
//! run on stable.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type, UseTree, Visibility};

/// The path of a module; empty for the crate root.
type ModulePath = Vec<String>;

/// A module: its items, with macros expanded, and the features it needs.
struct Module {
    items: Vec<Item>,
    cfg: String,
    is_public: bool,
}

/// The definition of an item: its module, and its name there.
type ItemPath = (ModulePath, String);

struct Sources {
    modules: BTreeMap<ModulePath, Module>,
}

/// A `macro_rules!` macro with one arm: the names of its arguments, and its body.
struct MacroRule {
    arguments: Vec<String>,
    body: TokenStream,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

// --- Reading ---------------------------------------------------------------

impl Sources {
    fn read() -> Self {
        let mut sources = Self { modules: BTreeMap::new() };
        let text = fs::read_to_string(root().join("lib.rs")).unwrap();
        let items = syn::parse_file(&text).unwrap().items;
        sources.add(Vec::new(), items, String::new(), true);
        let macro_rules = sources.macro_rules();
        for module in sources.modules.values_mut() {
            let items = std::mem::take(&mut module.items);
            module.items = items.into_iter().flat_map(|item| expand(item, &macro_rules)).collect();
        }
        sources
    }

    fn add(&mut self, name: ModulePath, items: Vec<Item>, cfg: String, is_public: bool) {
        let items: Vec<Item> =
            items.into_iter().filter(|item| !is_test(attributes(item))).collect();
        for item in &items {
            let Item::Mod(module) = item else { continue };
            let mut below = name.clone();
            below.push(module.ident.to_string());
            let items = match &module.content {
                Some((_, items)) => items.clone(),
                None => {
                    let base = below.iter().fold(root(), |path, part| path.join(part));
                    let file = base.with_extension("rs");
                    let file = if file.exists() { file } else { base.join("mod.rs") };
                    let text = fs::read_to_string(&file)
                        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                    syn::parse_file(&text).unwrap().items
                }
            };
            let needs = format!("{cfg}{}", features(&module.attrs));
            self.add(below, items, needs, matches!(module.vis, Visibility::Public(_)));
        }
        self.modules.insert(name, Module { items, cfg, is_public });
    }

    fn macro_rules(&self) -> BTreeMap<String, MacroRule> {
        let items = self.modules.values().flat_map(|module| &module.items);
        let macros = items.filter_map(|item| match item {
            Item::Macro(item) => Some((item.ident.as_ref()?.to_string(), &item.mac.tokens)),
            _ => None,
        });
        macros.filter_map(|(name, tokens)| Some((name, MacroRule::read(tokens)?))).collect()
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    let cfgs = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    cfgs.into_iter().any(|cfg| matches!(to_text(&cfg.meta).as_str(), "cfg(test)" | "cfg(doctest)"))
}

/// The `cfg` attributes as text, such as ` [cfg(feature = "serde")]`.
fn features(attributes: &[Attribute]) -> String {
    let cfgs = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    cfgs.map(|cfg| format!(" [{}]", to_text(&cfg.meta))).collect()
}

impl MacroRule {
    /// Reads a macro with one arm; `None` for other macros. Documentation is dropped.
    fn read(tokens: &TokenStream) -> Option<Self> {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let [TokenTree::Group(pattern), _, _, TokenTree::Group(body), ..] = &tokens[..] else {
            return None;
        };
        let arms = tokens.iter().filter(|token| matches!(token, TokenTree::Group(_))).count();
        let arguments = arguments(pattern.stream());
        (arms == 2).then(|| Self { arguments, body: body.stream() })
    }

    fn write(&self, given: &TokenStream) -> TokenStream {
        let mut given: Vec<TokenTree> = given.clone().into_iter().collect();
        while let [TokenTree::Punct(hash), TokenTree::Group(_), ..] = &given[..]
            && hash.as_char() == '#'
        {
            given.drain(..2);
        }
        // Every argument of these macros is one token.
        let marks = |token: &TokenTree| matches!(token, TokenTree::Punct(_));
        let given: Vec<TokenStream> =
            given.into_iter().filter(|token| !marks(token)).map(TokenStream::from).collect();
        if self.arguments.len() == 1 {
            // The argument may be repeated: expand once for each.
            let once =
                |argument: &TokenStream| self.fill(&self.body, std::slice::from_ref(argument));
            return given.iter().map(once).collect();
        }
        self.fill(&self.body, &given)
    }

    fn fill(&self, body: &TokenStream, given: &[TokenStream]) -> TokenStream {
        let mut written = TokenStream::new();
        let mut tokens = body.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '$' => match tokens.next() {
                    Some(TokenTree::Ident(name)) => {
                        let at = self.arguments.iter().position(|argument| name == argument);
                        written.extend(at.map(|at| given[at].clone()));
                    }
                    Some(TokenTree::Group(repeated)) => {
                        tokens.next();
                        let is_docs = repeated.stream().to_string().starts_with('#');
                        let filled = self.fill(&repeated.stream(), given);
                        written.extend((!is_docs).then_some(filled));
                    }
                    _ => {}
                },
                TokenTree::Group(group) => {
                    let inner = self.fill(&group.stream(), given);
                    let group = proc_macro2::Group::new(group.delimiter(), inner);
                    written.extend([TokenTree::Group(group)]);
                }
                token => written.extend([token]),
            }
        }
        written
    }
}

/// The argument names of a pattern, `$name:kind`, repeated or not.
fn arguments(pattern: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = pattern.into_iter().collect();
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        match pair {
            [TokenTree::Punct(mark), TokenTree::Ident(name)] if mark.as_char() == '$' => {
                found.push(name.to_string());
            }
            [TokenTree::Punct(mark), TokenTree::Group(group)]
                if mark.as_char() == '$'
                    && group.delimiter() == Delimiter::Parenthesis
                    && !group.stream().to_string().starts_with('#') =>
            {
                found.extend(arguments(group.stream()));
            }
            _ => {}
        }
    }
    found
}

/// An item, or the items that a macro call of the crate expands to.
fn expand(item: Item, macro_rules: &BTreeMap<String, MacroRule>) -> Vec<Item> {
    let Item::Macro(call) = &item else { return vec![item] };
    let name = call.mac.path.to_token_stream().to_string();
    let Some(macro_rules) = macro_rules.get(&name) else { return vec![item] };
    let mut file: syn::File = syn::parse2(macro_rules.write(&call.mac.tokens))
        .unwrap_or_else(|error| panic!("{name}! cannot be expanded: {error}"));
    let cfg = call.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    for attribute in cfg {
        for item in &mut file.items {
            if let Item::Impl(item) = item {
                item.attrs.push(attribute.clone());
            }
        }
    }
    file.items
}

// --- Finding ---------------------------------------------------------------

/// Collects the names that a `use` tree introduces, and their paths.
fn imported(tree: &UseTree, path: &mut ModulePath, found: &mut Vec<(String, ModulePath)>) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            imported(&tree.tree, path, found);
            path.pop();
        }
        UseTree::Name(tree) => {
            let name = tree.ident.to_string();
            found.push((name.clone(), [&path[..], &[name]].concat()));
        }
        UseTree::Rename(tree) => {
            let path = [&path[..], &[tree.ident.to_string()]].concat();
            found.push((tree.rename.to_string(), path));
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| imported(tree, path, found));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), [&path[..], &["*".to_owned()]].concat())),
    }
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

impl Sources {
    /// Resolves a path from a module; `None` if it leads out of the crate.
    fn resolve(&self, from: &ModulePath, path: &[String]) -> Option<ItemPath> {
        let (first, rest) = path.split_first()?;
        let here = match first.as_str() {
            "crate" => Vec::new(),
            "self" => from.clone(),
            "super" => from[..from.len() - 1].to_vec(),
            name => {
                let below = [&from[..], &[name.to_owned()]].concat();
                if !rest.is_empty() && self.modules.contains_key(&below) {
                    below
                } else if rest.is_empty() {
                    return self.look_up(from, name);
                } else {
                    let (module, name) = self.import(from, name)?;
                    let module = [&module[..], &[name]].concat();
                    return self.resolve(&module, &[&["self".to_owned()], rest].concat());
                }
            }
        };
        match rest {
            [name] => self.look_up(&here, name),
            [module, ..] => {
                let below = [&here[..], std::slice::from_ref(module)].concat();
                let path = [&["self".to_owned()], &rest[1..]].concat();
                self.modules.contains_key(&below).then(|| self.resolve(&below, &path))?
            }
            [] => None,
        }
    }

    /// Finds an item of a module, defined or imported there.
    fn look_up(&self, module: &ModulePath, name: &str) -> Option<ItemPath> {
        let items = &self.modules.get(module)?.items;
        if items.iter().any(|item| name_of(item).as_deref() == Some(name)) {
            return Some((module.clone(), name.to_owned()));
        }
        let below = [&module[..], &[name.to_owned()]].concat();
        if self.modules.contains_key(&below) {
            return Some((module.clone(), name.to_owned()));
        }
        self.import(module, name)
    }

    fn import(&self, module: &ModulePath, name: &str) -> Option<ItemPath> {
        for item in &self.modules.get(module)?.items {
            let Item::Use(item) = item else { continue };
            let mut found = Vec::new();
            imported(&item.tree, &mut Vec::new(), &mut found);
            if let Some((_, path)) = found.into_iter().find(|(known, _)| known == name) {
                // A name that imports itself is of another crate.
                return (path != [name]).then(|| self.resolve(module, &path))?;
            }
        }
        None
    }

    fn items(&self, item_path: &ItemPath) -> impl Iterator<Item = &Item> {
        let items = self.modules[&item_path.0].items.iter();
        items.filter(|item| name_of(item).as_ref() == Some(&item_path.1))
    }
}

// --- Writing ---------------------------------------------------------------

/// Tokens as text, with usual spacing.
fn to_text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string().replace('\n', " ");
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" ,", ","),
        (" :", ":"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" [", "["),
        ("[ ", "["),
        (" ]", "]"),
        (",)", ")"),
        ("->(", "-> ("),
        ("->[", "-> ["),
        ("&'_ ", "&"),
    ] {
        text = text.replace(from, to);
    }
    text
}

fn attribute_list(attributes: &[Attribute]) -> String {
    let mut list = String::new();
    for attribute in attributes {
        if attribute.path().is_ident("derive") || attribute.path().is_ident("non_exhaustive") {
            list += &format!(" #[{}]", to_text(&attribute.meta));
        }
    }
    list + &features(attributes)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

struct PublicApi<'a> {
    sources: &'a Sources,
    /// The items that can be named from outside, with their public names.
    names: BTreeMap<ItemPath, String>,
    lines: BTreeSet<String>,
}

impl PublicApi<'_> {
    /// Collects the public names in a public module.
    fn name_all(&mut self, module: &ModulePath, public_name: &str) {
        let sources = self.sources;
        for item in &sources.modules[module].items {
            match item {
                Item::Mod(item) if is_public(&item.vis) => {
                    let below = [&module[..], &[item.ident.to_string()]].concat();
                    let public_name = format!("{public_name}::{}", item.ident);
                    let cfg = &sources.modules[&below].cfg;
                    self.lines.insert(format!("pub mod {public_name}{cfg}"));
                    self.name_all(&below, &public_name);
                }
                Item::Use(item) if is_public(&item.vis) => {
                    let mut found = Vec::new();
                    imported(&item.tree, &mut Vec::new(), &mut found);
                    for (name, path) in found {
                        let public_name = format!("{public_name}::{name}");
                        match sources.resolve(module, &path) {
                            Some(item_path) => self.name(item_path, public_name),
                            None => {
                                self.lines
                                    .insert(format!("pub use {public_name} = {}", path.join("::")));
                            }
                        }
                    }
                }
                Item::Macro(item) if item.ident.is_none() => {
                    self.lines.insert(format!("{public_name}: {}", to_text(&item.mac)));
                }
                item => {
                    let visible = match item {
                        Item::Const(item) => is_public(&item.vis),
                        Item::Enum(item) => is_public(&item.vis),
                        Item::Fn(item) => is_public(&item.vis),
                        Item::Static(item) => is_public(&item.vis),
                        Item::Struct(item) => is_public(&item.vis),
                        Item::Trait(item) => is_public(&item.vis),
                        Item::Type(item) => is_public(&item.vis),
                        _ => false,
                    };
                    if let Some(name) = name_of(item).filter(|_| visible) {
                        let public_name = format!("{public_name}::{name}");
                        self.name((module.clone(), name), public_name);
                    }
                }
            }
        }
    }

    /// A second name of an item is a separate line.
    fn name(&mut self, item_path: ItemPath, public_name: String) {
        let mut names = [self.names.remove(&item_path).unwrap_or(public_name.clone()), public_name];
        names.sort_by_key(|name| (name.matches("::").count(), name.clone()));
        let [shorter, longer] = names;
        if shorter != longer {
            self.lines.insert(format!("pub use {longer} = {shorter}"));
        }
        self.names.insert(item_path, shorter);
    }

    fn define_all(&mut self) {
        for (item_path, public_name) in self.names.clone() {
            for item in self.sources.items(&item_path) {
                let cfg = &self.sources.modules[&item_path.0].cfg;
                let lines = definition(item, &public_name);
                self.lines.extend(lines.into_iter().map(|line| format!("{line}{cfg}")));
            }
        }
        for (module, Module { items, cfg, .. }) in &self.sources.modules {
            for item in items {
                if let Item::Impl(item) = item {
                    let lines = self.implementation(module, item);
                    self.lines.extend(lines.into_iter().map(|line| format!("{line}{cfg}")));
                }
            }
        }
    }

    /// The lines of an `impl`; empty if its type or trait is not public.
    fn implementation(&self, module: &ModulePath, item: &ItemImpl) -> Vec<String> {
        let of = |path: &syn::Path| -> Option<ItemPath> {
            let path: ModulePath =
                path.segments.iter().map(|part| part.ident.to_string()).collect();
            self.sources.resolve(module, &path)
        };
        let type_path = match &*item.self_ty {
            Type::Path(path) => Some(&path.path),
            _ => None,
        };
        let public_name = match type_path.and_then(of) {
            Some(item_path) => match self.names.get(&item_path) {
                Some(public_name) => public_name.clone(),
                None => return Vec::new(),
            },
            None => to_text(&item.self_ty),
        };
        let cfg = features(&item.attrs);
        let (generics, (_, _, bounds)) = (&item.generics, item.generics.split_for_impl());
        if let Some((_, path, _)) = &item.trait_ {
            if of(path).is_some_and(|item_path| !self.names.contains_key(&item_path)) {
                return Vec::new();
            }
            let types = item.items.iter().filter_map(|item| match item {
                ImplItem::Type(item) => {
                    Some(format!(" {{ {} = {} }}", item.ident, to_text(&item.ty)))
                }
                _ => None,
            });
            let types: String = types.collect();
            let head = format!("impl{} {}", to_text(generics), to_text(path));
            let of = to_text(&item.self_ty);
            return vec![format!("{public_name}: {head} for {of}{}{types}{cfg}", to_text(&bounds))];
        }
        let shown_items = item.items.iter().filter_map(|item| match item {
            ImplItem::Fn(item) if is_public(&item.vis) => {
                Some(format!("{}{}", to_text(&item.sig), features(&item.attrs)))
            }
            ImplItem::Const(item) if is_public(&item.vis) => {
                Some(format!("const {}: {}", item.ident, to_text(&item.ty)))
            }
            _ => None,
        });
        shown_items.map(|item| format!("{public_name}: pub {item}{cfg}")).collect()
    }
}

/// The lines of an item.
fn definition(item: &Item, public_name: &str) -> Vec<String> {
    let attributes = attribute_list(attributes(item));
    match item {
        Item::Const(item) => {
            let (of, value) = (to_text(&item.ty), to_text(&item.expr));
            vec![format!("pub const {public_name}: {of} = {value}{attributes}")]
        }
        Item::Static(item) => {
            vec![format!("pub static {public_name}: {}{attributes}", to_text(&item.ty))]
        }
        Item::Type(item) => {
            vec![format!("pub type {public_name} = {}{attributes}", to_text(&item.ty))]
        }
        Item::Fn(item) => vec![format!("pub {} = {public_name}{attributes}", to_text(&item.sig))],
        Item::Struct(item) => {
            let head = format!("pub struct {public_name}{}{attributes}", to_text(&item.generics));
            let fields = fields(&item.fields, true);
            let fields = fields.into_iter().map(|field| format!("{public_name}: pub {field}"));
            std::iter::once(head).chain(fields).collect()
        }
        Item::Enum(item) => {
            let head = format!("pub enum {public_name}{}{attributes}", to_text(&item.generics));
            let variants = item.variants.iter().map(|variant| {
                let fields = match fields(&variant.fields, false).join(", ") {
                    none if none.is_empty() => none,
                    fields => format!(" {{ {fields} }}"),
                };
                format!(
                    "{public_name}::{}{fields}{}",
                    variant.ident,
                    attribute_list(&variant.attrs)
                )
            });
            std::iter::once(head).chain(variants).collect()
        }
        Item::Trait(item) => {
            let head = format!("pub trait {public_name}{}{attributes}", to_text(&item.generics));
            let items = item.items.iter().map(|item| match item {
                TraitItem::Fn(item) => to_text(&item.sig),
                other => to_text(other),
            });
            std::iter::once(head)
                .chain(items.map(|item| format!("{public_name}: {item}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Fields as `name: type`; only public fields if `checked`.
fn fields(fields: &Fields, checked: bool) -> Vec<String> {
    let public = fields.iter().enumerate().filter(|(_, field)| !checked || is_public(&field.vis));
    let named = public.map(|(number, field)| match &field.ident {
        Some(name) => format!("{name}: {}", to_text(&field.ty)),
        None => format!("{number}: {}", to_text(&field.ty)),
    });
    named.collect()
}

/// The public API, one line per item.
fn public_api() -> BTreeSet<String> {
    let sources = Sources::read();
    let mut public_api =
        PublicApi { sources: &sources, names: BTreeMap::new(), lines: BTreeSet::new() };
    public_api.name_all(&Vec::new(), "quietude");
    public_api.define_all();
    public_api.lines
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an environment variable selects the update")]
fn public_api_equals_snapshot() {
    let file = root().with_file_name("tests/data/api.txt");
    let found = public_api();
    if std::env::var_os("QUIETUDE_RENEW_API").is_some() {
        let text: String = found.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&file, text).unwrap();
        return;
    }
    let text = fs::read_to_string(&file).unwrap();
    let agreed: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let gone = agreed.difference(&found).map(|line| format!("- {line}\n"));
    let new = found.difference(&agreed).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(new).collect();
    assert!(
        changes.is_empty(),
        "the public API has changed:\n{changes}If that is intended, add it to CHANGELOG.md and \
         update the snapshot:\nQUIETUDE_RENEW_API=1 cargo test --test it public_api\n"
    );
}

#[test]
fn reader_expands_macros_and_reexports() {
    let found = public_api();
    for line in [
        // In a private module, with a re-export.
        "quietude::Silencer: pub fn is_silenced<'q>(&self, subject: impl Into<Subject<'q>>, at: Timestamp) -> bool",
        // Generated by macros.
        "quietude::EntityId: pub fn as_str(&self) -> &str",
        "quietude::Schedule: impl From<Daily> for Schedule",
        // With a feature.
        "quietude::Schedule: impl From<Rule> for Schedule [cfg(feature = \"rrule\")]",
        "pub use quietude::Weekday = chrono::Weekday",
    ] {
        assert!(found.contains(line), "{line}\n{found:#?}");
    }
    // Items that cannot be named from outside are excluded.
    assert!(!found.iter().any(|line| line.contains("Lineage") || line.contains("pub(crate)")));
}

#[test]
fn every_type_has_trait_assertions() {
    let asserted = fs::read_to_string(root().with_file_name("tests/it/trait_impls.rs")).unwrap();
    let mut missing = Vec::new();
    for line in public_api() {
        let defined = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        let Some(defined) = defined else { continue };
        let path = defined.split(['<', ' ']).next().unwrap_or_default();
        // `is_plain::<Window>()`, or with the last module: `is_plain::<module::Window>()`.
        let parts: Vec<&str> = path.rsplit("::").collect();
        let names = [parts[0].to_owned(), format!("{}::{}", parts[1], parts[0])];
        let is_asserted = |name: &String| {
            ["is_plain", "is_borrowed", "is_lent"].iter().any(|what| {
                [">", "<"].iter().any(|end| asserted.contains(&format!("{what}::<{name}{end}")))
            })
        };
        if !names.iter().any(is_asserted) {
            missing.push(path.to_owned());
        }
    }
    assert!(missing.is_empty(), "not in trait_impls.rs: {missing:#?}");
}

#[test]
fn reader_module_visibility() {
    let sources = Sources::read();
    let public = |name: &str| sources.modules[&vec![name.to_owned()]].is_public;
    assert!(public("docs") && public("limits") && !public("index") && !public("time"));
}
