// One document at a time: its picture, its fields with their crops, and what the reviewer makes of them.
// Nothing that comes from a document ever becomes markup: it goes into text nodes and attributes of drawings only.

import { cropOf, framed, polygonOf, turnOf } from "./drawing.js";
import { element, valueNodes } from "./nodes.js";
import { Documents, Lost, Refused, ask, send } from "./documents.js";
import { nameOf } from "./keys.js";
import { row, worst } from "./rows.js";
import { language, problem, sentence, texts } from "./texts.js";

const find = (id) => document.getElementById(id);
const documents = new Documents(() => new URLSearchParams(new FormData(find("filters"))));
const view = { zoom: 1, turn: 0 };
let shown = null; // what the page shows: its document, picture and places
let chosen = 0; // the place of the chosen field in the list
let unchanged = ""; // what the editor held when it opened
let isOpening = false; // the editor is about to open: what is typed meanwhile is no command
let work = Promise.resolve(); // what the reviewer asked for, in order

async function begin() {
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[node.dataset.text];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", texts[node.dataset.label]);
  find("keys").append(...texts.help.flatMap(([keys, what]) => [element("dt", keys), element("dd", what)]));
  fillSelect("state", [["open", texts.open], ["skipped", texts.skipped], ["accepted", texts.accepted],
    ["unreadable", texts.unreadableOnes], ["all", texts.every]], false);
  const state = await sortedState();
  fillSelect("type", state.choices.types.map((name) => [name, name]));
  fillSelect("field", state.choices.fields.map((name) => [name, name]));
  fillSelect("code", state.choices.codes.map((name) => [name, name]));
  showProgress(state.progress);
  await go(state.first);
}

async function sortedState() {
  for (;;) {
    const state = await ask("/state", documents.filters());
    if (state.choices) return state;
    find("count").textContent = texts.sorting(state.sorted);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function fillSelect(name, options, withAll = true) {
  const select = find("filters").elements[name];
  const all = withAll ? [["", texts.all], ...options] : options;
  select.replaceChildren(...all.map(([value, text]) => Object.assign(element("option", text), { value })));
}

// Showing

async function go(number, field = null) {
  closeEditor();
  find("end").hidden = number !== null;
  find("view").hidden = find("read").hidden = number === null;
  if (number === null) return finish();
  const next = documents.get(number);
  const said = await next.document;
  shown = { number, document: said, picture: null, places: null };
  showDocument(said, field);
  documents.keep([number, said.next, said.before]);
  follow(next, number);
  if (said.next !== null) documents.get(said.next);
}

function follow(entry, number) {
  const still = () => shown && shown.number === number;
  entry.picture.then((picture) => still() && showPicture(picture), (error) => still() && showTrouble(error));
  entry.places.then((places) => still() && showPlaces(places), () => still() && showPlaces({}));
}

function finish() {
  shown = null;
  find("key").textContent = find("type").textContent = find("page").textContent = find("verdict").textContent = find("key").title = "";
  find("ended").textContent = texts.ended;
  find("ended").focus();
}

function showDocument(said, field) {
  find("key").replaceChildren(...valueNodes(said.key));
  find("key").title = said.key;
  find("type").textContent = said.type ?? "";
  find("page").textContent = said.page === null ? "" : texts.page(said.page);
  find("verdict").textContent = said.verdict ? texts.verdict[said.verdict] : "";
  find("trouble").hidden = true;
  find("picture").replaceChildren();
  Object.assign(view, { zoom: 1, turn: 0 });
  showContradictions(said);
  find("list").replaceChildren(...said.fields.map(rowOf));
  const wanted = said.fields.findIndex(({ name }) => name === field);
  choose(wanted >= 0 ? wanted : worst(said.fields));
  if (find("editor").hidden) find("list").focus({ preventScroll: true });
}

function showContradictions(said) {
  const told = said.contradictions.map((each) => sentence(each.sentence));
  if (said.status !== "done") told.push(`${texts.failed}: ${[said.code, said.message].filter(Boolean).join(": ")}`);
  find("contradictions").hidden = !told.length;
  find("contradictions").replaceChildren(...told.map((text) => element("li", text)));
}

const rowOf = (field, place) => row(field, place, choose);

function choose(place) {
  const rows = find("list").children;
  chosen = Math.max(0, Math.min(place, rows.length - 1));
  for (const [at, item] of [...rows].entries()) item.ariaSelected = at === chosen;
  if (!rows.length) return find("list").removeAttribute("aria-activedescendant");
  find("list").setAttribute("aria-activedescendant", rows[chosen].id);
  rows[chosen].scrollIntoView({ block: "nearest" });
  draw();
}

function showPicture(picture) {
  shown.picture = picture;
  showCrops();
  draw();
}

function showTrouble(error) {
  find("trouble").textContent = error instanceof Lost ? texts.lost : problem(error.message) || texts.gone;
  find("trouble").hidden = false;
}

function showPlaces(places) {
  shown.places = places;
  view.turn = turnOf(Object.values(places));
  showCrops();
  draw();
}

function showCrops() {
  if (!shown.picture || !shown.places) return;
  for (const [at, { name }] of shown.document.fields.entries()) {
    const item = find("list").children[at];
    item.querySelector(".crop")?.remove();
    if (name in shown.places) item.append(cropOf(shown.picture, shown.places[name], 34));
  }
  find("list").children[chosen]?.scrollIntoView({ block: "nearest" });
}

function draw() {
  if (!shown?.picture) return;
  const name = shown.document.fields[chosen]?.name;
  const places = shown.places ?? {};
  const frames = Object.entries(places).map(([key, quad]) => polygonOf(quad, key === name));
  framed(find("picture"), shown.picture, frames, places[name], view);
}

function showProgress({ reviewed, total, skipped }) {
  find("count").textContent = texts.count(reviewed, total, skipped);
  find("bar").max = Math.max(total, 1);
  find("bar").value = reviewed;
  find("left").textContent = skipped ? texts.left(skipped) : "";
  document.querySelector("[data-do=again]").hidden = !skipped;
}

function say(text) {
  find("status").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => find("status").replaceChildren(), 4000);
}

// Deciding

async function decide(verdict) {
  if (!shown) return;
  const { number, document: said } = shown;
  const state = await send(`/documents/${number}/verdict`, { verdict }, documents.filters());
  say(texts.said[verdict]);
  showProgress(state.progress);
  documents.forget(number);
  await go(said.next);
}

async function correct(text) {
  if (text === unchanged) return actions.cancel();
  const { number, document: said } = shown;
  const { name } = said.fields[chosen];
  const changed = await send(`/documents/${number}/correction`, { field: name, value: text }, documents.filters());
  documents.replace(number, changed);
  shown.document = changed;
  closeEditor();
  showContradictions(changed);
  find("list").replaceChildren(...changed.fields.map(rowOf));
  showCrops();
  choose(chosen);
  find("list").focus({ preventScroll: true });
  say(texts.said.corrected);
}

async function undo() {
  const { undone, progress } = await send("/undo", {}, documents.filters());
  if (!undone) return say(texts.nothingToUndo);
  showProgress(progress);
  documents.clear();
  if (undone.number !== null) await go(undone.number, undone.field);
  say(texts.undone);
}

async function again() {
  const state = await ask("/state", documents.filters());
  showProgress(state.progress);
  await go(state.first);
}

function openEditor() {
  isOpening = false;
  const field = shown?.document.fields[chosen];
  if (!field) return;
  find("edited").textContent = field.name;
  find("value").value = field.value ?? "";
  unchanged = find("value").value; // with the ends of lines of the browser
  const quad = shown.places?.[field.name];
  find("closer").replaceChildren(...(quad && shown.picture ? [cropOf(shown.picture, quad, 90)] : []));
  find("editor").hidden = false;
  find("value").focus();
  find("value").select();
}

function closeEditor() {
  find("editor").hidden = true;
}

const actions = {
  accept: () => decide("accepted"), skip: () => decide("skipped"), unreadable: () => decide("unreadable"),
  correct: openEditor, save: () => correct(find("value").value), undo, again,
  back: () => (shown?.document.before == null ? say(texts.nothingBefore) : go(shown.document.before)),
  cancel: () => { closeEditor(); find("list").focus(); },
  larger: () => look({ zoom: Math.min(view.zoom * 1.5, 12) }), smaller: () => look({ zoom: Math.max(view.zoom / 1.5, 1) }),
  whole: () => look({ zoom: 1 }), turn: () => look({ turn: (view.turn + 90) % 360 }),
  help: () => find("help").showModal(), filter: () => find("filters").elements.type.focus(),
  up: () => choose(chosen - 1), down: () => choose(chosen + 1), top: () => choose(0), bottom: () => choose(Infinity),
};

function look(changes) {
  Object.assign(view, changes);
  draw();
}

// One after the other: a key that is pressed while the last one is still at work waits for it.
function act(name) {
  work = work.then(actions[name]).catch((error) => say(told(error)));
}

function told(error) {
  if (error instanceof Refused) return texts.refused;
  return error instanceof Lost ? texts.lost : problem(error.message) || texts.gone;
}

document.addEventListener("keydown", (event) => {
  const name = isOpening ? "" : nameOf(event);
  if (name === null) return;
  event.preventDefault();
  isOpening = name === "correct";
  if (name) act(!shown && name === "accept" ? "again" : name);
});
find("editor").addEventListener("submit", (event) => {
  event.preventDefault();
  act("save");
});
document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-do]")?.dataset.do;
  if (name) act(name);
});
find("filters").addEventListener("change", () => {
  documents.clear();
  act("again");
});

work = begin().catch((error) => say(told(error)));
