//! Compiles `proto/` and writes, beside the messages, one table of every fact: its names, its code,
//! its audience and the class of each of its fields. A fact field without a class stops the build.

use std::{error::Error, fmt::Write as _, fs, path::PathBuf};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo says where to write")?);
    println!("cargo::rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    collect(&root.join("jalon"), &mut files)?;
    files.sort();
    // The plain `protox::compile` forgets custom options; the compiler itself keeps them.
    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let bytes = compiler.encode_file_descriptor_set();
    let set_file = out.join("jalon.binpb");
    fs::write(&set_file, &bytes)?;

    let names: Vec<String> = files
        .iter()
        .filter_map(|file| Some(file.strip_prefix(&root).ok()?.to_string_lossy().into_owned()))
        .filter(|name| !name.contains("/options/"))
        .collect();
    buffa_build::Config::new()
        .descriptor_set(&set_file)
        .files(&names)
        .generate_views(false)
        .generate_json(true)
        .unbox_oneof()
        .include_file("contracts.rs")
        .compile()?;

    let pool = DescriptorPool::decode(bytes.as_slice())?;
    fs::write(out.join("facts.rs"), facts(&pool)?)?;
    fs::write(out.join("words.rs"), words(&pool)?)?;
    fs::write(out.join("samples.rs"), samples(&pool)?)?;
    Ok(())
}

fn collect(folder: &std::path::Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// `static AGGREGATES: &[AggregateType]`, each with its facts, from the `aggregate` option.
fn facts(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let aggregate_option = extension(pool, "jalon.options.v1.aggregate")?;
    let mut code = String::from("pub(crate) static AGGREGATES: &[AggregateType] = &[\n");
    for message in pool.all_messages() {
        let options = message.options();
        if !options.has_extension(&aggregate_option) {
            continue;
        }
        let option = options.get_extension(&aggregate_option);
        let option = option.as_message().ok_or("aggregate option is a message")?;
        let text = |name: &str| {
            option.get_field_by_name(name).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let number = option.get_field_by_name("code").and_then(|v| v.as_u32()).unwrap_or_default();
        writeln!(
            code,
            "AggregateType {{ message: {:?}, context: {:?}, name: {:?}, code: {number}, facts: &[",
            message.full_name(),
            text("context"),
            text("name")
        )?;
        for field in message.fields() {
            let kind = field.kind();
            let fact = kind.as_message().ok_or("every member of an aggregate's oneof is a message")?;
            fact_row(pool, fact, field.number(), &mut code)?;
        }
        code.push_str("] },\n");
    }
    code.push_str("];\n");
    Ok(code)
}

fn fact_row(
    pool: &DescriptorPool,
    fact: &MessageDescriptor,
    number: u32,
    code: &mut String,
) -> Result<(), Box<dyn Error>> {
    let class = extension(pool, "jalon.options.v1.class")?;
    let audience = extension(pool, "jalon.options.v1.audience")?;
    let label = extension(pool, "jalon.options.v1.label")?;
    let options = fact.options();
    let Some(audience) = options.get_extension(&audience).as_enum_number().filter(|n| *n > 0) else {
        return Err(format!("{} declares no audience", fact.full_name()).into());
    };
    let Some(label) = options.get_extension(&label).as_str().filter(|l| !l.is_empty()).map(str::to_owned)
    else {
        return Err(format!("{} declares no French label", fact.full_name()).into());
    };
    writeln!(
        code,
        "  FactType {{ kind: {:?}, name: {:?}, number: {number}, audience: Audience::{}, label: {label:?}, fields: &[",
        fact.full_name(),
        fact.name(),
        ["Internal", "Internal", "Circle", "Partner"][audience as usize],
    )?;
    for field in fact.fields() {
        let declared = field.options().get_extension(&class).as_enum_number().unwrap_or_default();
        if declared == 0 {
            return Err(format!("{} declares no class of data", field.full_name()).into());
        }
        if field.number() >= 2000 {
            return Err(
                format!("{} is numbered 2000 or above, kept for sealed parts", field.full_name()).into()
            );
        }
        writeln!(
            code,
            "    FieldType {{ number: {}, name: {:?}, class: {}, betrays: &[{}] }},",
            field.number(),
            field.json_name(),
            declared - 1,
            match field.kind() {
                Kind::Enum(words) => betrayals(pool, &words)?,
                _ => String::new(),
            }
        )?;
    }
    code.push_str("  ] },\n");
    Ok(())
}

/// The values of an enumeration that betray something by their name alone, and what is read instead.
fn betrayals(pool: &DescriptorPool, words: &EnumDescriptor) -> Result<String, Box<dyn Error>> {
    let betrays = extension(pool, "jalon.options.v1.betrays")?;
    let other = words.values().find(|value| value.name().starts_with("AUTRE"));
    let other = other.map_or(0, |value| value.number());
    let mut code = String::new();
    for value in words.values() {
        let class = value.options().get_extension(&betrays).as_enum_number().unwrap_or_default();
        if class > 0 {
            let (number, class) = (value.number(), class - 1);
            write!(code, "Betrayal {{ number: {number}, class: {class}, instead: {other} }}, ")?;
        }
    }
    Ok(code)
}

/// `impl WordEnum` for every enumeration of the contracts, with the French text of each value.
fn words(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let text = extension(pool, "jalon.options.v1.text")?;
    let mut code = String::new();
    let mut enums: Vec<EnumDescriptor> = pool
        .all_enums()
        .filter(|e| e.full_name().starts_with("jalon.") && !e.full_name().starts_with("jalon.options."))
        .collect();
    enums.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    for descriptor in &enums {
        let path = descriptor.full_name().replacen("jalon.", "crate::", 1).replace('.', "::");
        writeln!(code, "impl WordEnum for {path} {{")?;
        writeln!(code, "  const NAME: &'static str = {:?};", called(descriptor, &enums))?;
        writeln!(code, "  const TEXTS: &'static [(i32, &'static str, &'static str)] = &[")?;
        for value in descriptor.values().filter(|value| value.number() != 0) {
            let options = value.options();
            let french = options.get_extension(&text);
            let french = french
                .as_str()
                .filter(|french| !french.is_empty())
                .ok_or_else(|| format!("{} has no French text", value.full_name()))?;
            writeln!(code, "    ({}, {:?}, {french:?}),", value.number(), value.name())?;
        }
        code.push_str("  ];\n");
        let betrayals = betrayals(pool, descriptor)?;
        writeln!(code, "  const BETRAYALS: &'static [Betrayal] = &[{betrayals}];\n}}")?;
        writeln!(code, "impl utoipa::__dev::ComposeSchema for {path} {{")?;
        writeln!(code, "  fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {{ schema_of::<Self>() }}\n}}")?;
        writeln!(code, "impl utoipa::ToSchema for {path} {{")?;
        writeln!(
            code,
            "  fn name() -> std::borrow::Cow<'static, str> {{ <Self as WordEnum>::NAME.into() }}\n}}"
        )?;
    }
    Ok(code)
}

/// What an enumeration is called in the description of the API: by its name, after that of its context where several
/// contexts have one of that name.
fn called(descriptor: &EnumDescriptor, all: &[EnumDescriptor]) -> String {
    let name = descriptor.name();
    if all.iter().filter(|other| other.name() == name).count() == 1 {
        return name.to_owned();
    }
    let context = descriptor.package_name().split('.').nth(1).unwrap_or_default();
    let (first, rest) = context.split_at(context.len().min(1));
    format!("{}{rest}{name}", first.to_uppercase())
}

/// An array of the bytes of each fact with every field filled, for the tests that freeze them.
fn samples(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let aggregate = extension(pool, "jalon.options.v1.aggregate")?;
    let mut code = String::from("&[\n");
    for message in pool.all_messages().filter(|message| message.options().has_extension(&aggregate)) {
        for field in message.fields() {
            let kind = field.kind();
            let fact = kind.as_message().ok_or("every member of an aggregate's oneof is a message")?;
            writeln!(code, "({:?}, &{:?}),", fact.full_name(), filled(fact).encode_to_vec())?;
        }
    }
    code.push_str("]\n");
    Ok(code)
}

/// A message with every field set: texts say their field's name, numbers are the field's number.
fn filled(descriptor: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let value = match field.kind() {
            Kind::Message(inner) => Value::Message(filled(&inner)),
            Kind::Enum(words) => {
                Value::EnumNumber(words.values().map(|v| v.number()).find(|n| *n > 0).unwrap_or(0))
            }
            Kind::Uint32 => Value::U32(field.number()),
            Kind::Int32 => Value::I32(field.number().cast_signed()),
            Kind::Int64 => Value::I64(i64::from(field.number())),
            Kind::Bool => Value::Bool(true),
            Kind::Bytes => Value::Bytes(field.name().to_owned().into_bytes().into()),
            _ => Value::String(field.name().to_owned()),
        };
        message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
    }
    message
}

fn extension(
    pool: &DescriptorPool,
    name: &str,
) -> Result<prost_reflect::ExtensionDescriptor, Box<dyn Error>> {
    pool.get_extension_by_name(name).ok_or_else(|| format!("no option {name}").into())
}
