//! The rows of a scoring request, in whatever table they come.

use serde_json::{Map, Value};

use super::{Shape, shape};
use crate::Error;

/// The column that Azure's text models have.
const INPUT_STRING: &str = "input_string";

/// Finds the values of the one input column.
pub(super) fn column(data: &Value) -> Result<(Vec<Value>, Shape), Error> {
    let (values, shape_of) = match data {
        Value::String(_) => (vec![data.clone()], Shape::List),
        Value::Array(values) => (values.clone(), Shape::List),
        Value::Object(fields) => match fields.get("data") {
            Some(table) if fields.contains_key("columns") => {
                (split_column(fields, table)?, Shape::List)
            }
            _ => named_column(fields)?,
        },
        _ => return Err(shape("`input_data` is neither a list nor an object")),
    };
    Ok((values, shape_of))
}

/// Reads `{"input_string": […]}` or any one column by name.
fn named_column(fields: &Map<String, Value>) -> Result<(Vec<Value>, Shape), Error> {
    let wrap = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    };
    if let Some(value) = fields.get(INPUT_STRING) {
        return Ok((wrap(value), Shape::InputString));
    }
    let mut columns = fields.iter().filter(|(name, _)| *name != "parameters");
    match (columns.next(), columns.next()) {
        (Some((_, value)), None) => Ok((wrap(value), Shape::List)),
        (None, _) => Err(shape("`input_data` has no column")),
        (Some(_), Some(_)) => {
            Err(shape("`input_data` has several columns: name the text column `input_string`"))
        }
    }
}

/// Reads pandas' split form: `columns`, `index`, `data`.
fn split_column(fields: &Map<String, Value>, table: &Value) -> Result<Vec<Value>, Error> {
    let names = names(fields);
    let known = [INPUT_STRING, "text", "sentence"];
    let column = names.iter().position(|name| known.contains(name)).unwrap_or(0);
    let table = table.as_array().ok_or_else(|| shape("`data` is not a list of rows"))?;
    let cell = |(number, row): (usize, &Value)| match row {
        Value::Array(cells) => cells
            .get(column)
            .cloned()
            .ok_or_else(|| shape(format!("row {number} of `data` has no column {column}"))),
        value => Ok(value.clone()),
    };
    table.iter().enumerate().map(cell).collect()
}

/// Finds rows of several columns: a list of them, one row, lists of cells by column, or pandas'
/// split form. A row is an object, or what a list holds instead. Where `first` holds a list, the
/// others hold the cells of its rows.
pub(super) fn records(data: &Value, first: &[&str]) -> Result<(Vec<Value>, Shape), Error> {
    let Value::Object(fields) = data else {
        return column(data);
    };
    if let (Some(table), true) = (fields.get("data"), fields.contains_key("columns")) {
        return Ok((split_records(fields, table)?, Shape::Columns));
    }
    match first.iter().find_map(|name| Some((*name, fields.get(*name)?))) {
        Some((INPUT_STRING, Value::Array(cells))) if is_alone(fields) => {
            Ok((cells.clone(), Shape::InputString))
        }
        Some((_, Value::Array(cells))) => {
            let row = |number| Value::Object(cells_of(fields, number));
            Ok(((0..cells.len()).map(row).collect(), Shape::Columns))
        }
        _ => Ok((vec![data.clone()], Shape::Columns)),
    }
}

/// Tells whether there is nothing beside Azure's column but parameters.
fn is_alone(fields: &Map<String, Value>) -> bool {
    fields.keys().all(|name| name == INPUT_STRING || name == "parameters")
}

/// Returns the cells of one row; a column that is no list has the same cell in every row.
fn cells_of(fields: &Map<String, Value>, row: usize) -> Map<String, Value> {
    let cell = |(name, cells): (&String, &Value)| match cells {
        Value::Array(cells) => Some((name.clone(), cells.get(row)?.clone())),
        cell => Some((name.clone(), cell.clone())),
    };
    fields.iter().filter_map(cell).collect()
}

fn split_records(fields: &Map<String, Value>, table: &Value) -> Result<Vec<Value>, Error> {
    let names = names(fields);
    let table = table.as_array().ok_or_else(|| shape("`data` is not a list of rows"))?;
    let record = |(number, row): (usize, &Value)| {
        let cells = row.as_array();
        let cells = cells.ok_or_else(|| shape(format!("row {number} of `data` is not a list")))?;
        let pairs = names.iter().zip(cells);
        Ok(pairs.map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect())
    };
    table.iter().enumerate().map(record).collect()
}

fn names(fields: &Map<String, Value>) -> Vec<&str> {
    let names = fields.get("columns").and_then(Value::as_array);
    names.map(|names| names.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
