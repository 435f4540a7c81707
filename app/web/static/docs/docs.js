// Renders /openapi.json: routes by subject, what they take and answer, and a form to try each.
"use strict";

const DEEPEST_EXAMPLE = 6;
const DEEPEST_FIELD = 4;
const FIRST_REFUSAL = 400;

/** An element with properties and children; text goes in as text, never as markup. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** The schema a reference names, within the document. */
function resolved(api, schema) {
  if (!schema || !schema.$ref) return schema ?? {};
  const path = schema.$ref.slice(2).split("/");
  return path.reduce((place, step) => place?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], api) ?? {};
}

/** The first alternative of a schema that is not null. */
function chosen(api, schema) {
  const found = resolved(api, schema);
  const options = found.anyOf ?? found.oneOf;
  return options ? resolved(api, options.find((option) => option.type !== "null") ?? options[0]) : found;
}

/** A schema in a few words. */
function inWords(api, schema) {
  const found = resolved(api, schema);
  const options = found.anyOf ?? found.oneOf;
  if (options) return options.map((option) => inWords(api, option)).join(" or ");
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (found.type === "array") return `list of ${inWords(api, found.items)}`;
  if (found.properties) return found.title ?? "object";
  return [found.type ?? "anything", limits(found)].filter(Boolean).join(", ");
}

function limits(schema) {
  const { minimum, maximum, maxLength, pattern } = schema;
  const words = [];
  if (minimum !== undefined || maximum !== undefined) words.push(`${minimum ?? "…"} to ${maximum ?? "…"}`);
  if (maxLength !== undefined) words.push(`at most ${maxLength} characters`);
  if (pattern !== undefined) words.push(pattern);
  return words.join(", ");
}

/** Text with `code` in it, a paragraph for each blank line. */
function prose(text) {
  return text.split(/\n{2,}/).map((paragraph) => element("p", {}, marked(paragraph)));
}

function marked(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/** A value that fits a schema: its own example, or one built from its parts. */
function example(api, schema, depth = 0) {
  const found = chosen(api, schema);
  const given = schema?.example ?? schema?.examples?.[0] ?? found.example ?? found.examples?.[0];
  if (given !== undefined) return given;
  if (found.default !== undefined) return found.default;
  if (found.enum) return found.enum[0];
  if (depth > DEEPEST_EXAMPLE) return null;
  if (found.type === "array") return [example(api, found.items, depth + 1)];
  if (found.properties) {
    const required = new Set(found.required ?? []);
    const wanted = Object.entries(found.properties).filter(([name]) => required.has(name));
    return Object.fromEntries(wanted.map(([name, part]) => [name, example(api, part, depth + 1)]));
  }
  return { integer: found.minimum ?? 0, number: 0, boolean: false, string: "", object: {} }[found.type] ?? null;
}

/** Rows of a table. */
function table(rows) {
  const cells = rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("tbody", {}, cells));
}

function parameters(api, operation) {
  const rows = (operation.parameters ?? []).map((parameter) => [
    element("code", {}, parameter.name),
    element("span", { className: "need" }, `${parameter.in}${parameter.required ? ", required" : ""}`),
    inWords(api, parameter.schema),
    marked(parameter.description ?? parameter.schema?.description ?? ""),
  ]);
  return rows.length ? [element("h4", {}, "Parameters"), table(rows)] : [];
}

/** Every field of a schema, those of its parts under their path. */
function fields(api, schema) {
  const rows = fieldRows(api, schema, "", 0);
  return rows.length ? [table(rows)] : [];
}

function fieldRows(api, schema, place, depth) {
  const found = chosen(api, schema);
  if (found.type === "array") return fieldRows(api, found.items, `${place}[]`, depth);
  if (depth > DEEPEST_FIELD) return [];
  const required = new Set(found.required ?? []);
  return Object.entries(found.properties ?? {}).flatMap(([name, part]) => {
    const path = place ? `${place}.${name}` : name;
    const meaning = marked(part.description ?? "");
    const need = required.has(name) ? element("span", { className: "need" }, "required") : "";
    const row = [element("code", {}, path), need, inWords(api, part), meaning];
    return [row, ...fieldRows(api, part, path, depth + 1)];
  });
}

function bodyContent(operation) {
  return operation.requestBody?.content?.["application/json"] ?? null;
}

/** What a route answers when it does what it is asked, and in one table how it may refuse. */
function answers(api, operation) {
  const all = Object.entries(operation.responses ?? {});
  const done = all.filter(([status]) => Number(status) < FIRST_REFUSAL);
  const refused = all.filter(([status]) => !(Number(status) < FIRST_REFUSAL));
  return [
    ...done.flatMap(([status, response]) => answer(api, status, response)),
    element("h4", {}, "Refusals"),
    table(refused.map(([status, response]) => [element("code", {}, status), reasons(response.description)])),
  ];
}

function answer(api, status, response) {
  const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
  const title = [status, response.description, type].filter(Boolean).join(" · ");
  return [element("h4", {}, marked(title)), ...(content ? fields(api, content.schema) : [])];
}

/** Lines that each begin with the slug of a problem, which links to what it means. */
function reasons(text) {
  return text.split("\n").map((line) => {
    const [, slug, meaning] = line.match(/^`([a-z0-9-]+)`: (.*)$/) ?? [null, null, line];
    const link = slug && element("a", { href: `/problems/${slug}` }, element("code", {}, slug));
    return element("div", {}, link, link ? " " : null, meaning);
  });
}

function parameterFields(api, operation) {
  return (operation.parameters ?? []).map((parameter) => {
    const shown = parameter.example ?? parameter.schema?.example ?? parameter.schema?.examples?.[0] ?? "";
    const input = element("input", { name: parameter.name, value: parameter.required ? shown : "" });
    input.placeholder = String(shown);
    input.dataset.place = parameter.in;
    input.required = parameter.required ?? false;
    return element("label", {}, parameter.name, input);
  });
}

/** The request a filled-in form means. */
function request(form, path, method) {
  const headers = {};
  const query = new URLSearchParams();
  let target = path;
  for (const input of form.querySelectorAll("input[data-place]")) {
    if (input.value === "") continue;
    if (input.dataset.place === "path") target = target.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.place === "query") query.set(input.name, input.value);
    else if (input.dataset.place === "header") headers[input.name] = input.value;
  }
  const token = document.getElementById("authorization").value.trim();
  if (token) headers.Authorization = token.includes(" ") ? token : `Bearer ${token}`;
  const body = form.querySelector("textarea")?.value;
  if (body) headers["Content-Type"] = "application/json";
  const url = query.size ? `${target}?${query}` : target;
  return [url, { method: method.toUpperCase(), headers, body: body || undefined }];
}

async function send(form, output, path, method) {
  output.hidden = false;
  try {
    const response = await fetch(...request(form, path, method));
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    const shown = isJson && text ? JSON.stringify(JSON.parse(text), null, 2) : text;
    output.textContent = `${response.status} ${response.statusText}\n${shown}`;
  } catch (error) {
    output.textContent = String(error);
  }
}

/** A field for the body, filled in where there has to be one. */
function bodyField(api, operation) {
  const content = bodyContent(operation);
  if (!content) return null;
  const value = operation.requestBody.required ? (content.example ?? example(api, content.schema)) : undefined;
  return element("textarea", { value: value === undefined ? "" : JSON.stringify(value, null, 2), spellcheck: false });
}

function tryOut(api, operation, path, method) {
  const body = bodyField(api, operation);
  const output = element("pre", { hidden: true });
  output.setAttribute("role", "status");
  const label = body && element("label", {}, "body", body);
  const form = element("form", {}, parameterFields(api, operation), label, element("button", {}, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, output, path, method);
  });
  return [element("h4", {}, "Try it"), form, output];
}

function route(api, path, method, operation) {
  const head = element(
    "summary",
    {},
    element("span", { className: "method" }, method.toUpperCase()),
    element("code", {}, path),
    element("span", { className: "summary" }, marked(operation.summary ?? "")),
    element("span", { className: "roles" }, (operation["x-roles"] ?? []).join(", ")),
  );
  const details = element("details", { className: "route", id: operation.operationId }, head);
  // What nobody opens need not be built.
  details.addEventListener("toggle", () => {
    if (details.children.length > 1) return;
    const content = bodyContent(operation);
    details.append(
      element(
        "div",
        {},
        prose(operation.description ?? ""),
        tryOut(api, operation, path, method),
        parameters(api, operation),
        content ? [element("h4", {}, "Body"), ...fields(api, content.schema)] : [],
        answers(api, operation),
      ),
    );
  });
  return details;
}

/** Routes by their first tag, in the document's order. */
function bySubject(api) {
  const subjects = new Map();
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const subject = operation.tags?.[0] ?? "other";
      subjects.set(subject, [...(subjects.get(subject) ?? []), route(api, path, method, operation)]);
    }
  }
  return subjects;
}

async function render() {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("summary").textContent = api.info.summary ?? "";
  const subjects = bySubject(api);
  const sections = [...subjects].map(([subject, routes]) => element("section", {}, element("h2", { id: subject }, subject), routes));
  document.getElementById("routes").replaceChildren(...sections);
  const links = [...subjects.keys()].map((subject) => element("a", { href: `#${subject}` }, subject));
  document.getElementById("contents").replaceChildren(...links);
}

render().catch((error) => {
  document.getElementById("routes").textContent = `The description could not be loaded: ${error}`;
});
