// The sheet: places to write in, and a file of what was changed.

const data = JSON.parse(document.getElementById("data").textContent);
const decisions = ["accepted", "skipped", "unreadable"];
const save = document.getElementById("save");
let isSaved = true;

document.documentElement.lang = language;
document.title = texts.title;
for (const node of document.querySelectorAll("[data-text]")) {
  node.textContent = texts[node.dataset.text];
  node.hidden = false;
}
for (const node of document.querySelectorAll("[data-sentence]")) node.textContent = sentence(node.textContent);
for (const article of document.querySelectorAll("article")) open(article);
save.hidden = false;

function open(article) {
  const { fields } = data[article.dataset.document];
  for (const area of article.querySelectorAll("textarea")) {
    area.value = fields[area.dataset.field].value ?? "";
    area.dataset.first = area.value; // as the browser keeps it: with its own ends of lines
    area.hidden = false;
    area.previousElementSibling.hidden = true;
  }
  const choices = [["", texts.undecided], ...decisions.map((name) => [name, texts.verdict[name]])];
  article.querySelector("select").append(...choices.map(([value, text]) => new Option(text, value)));
}

function* steps(article) {
  const { key, sha256, fields } = data[article.dataset.document];
  for (const area of article.querySelectorAll("textarea")) {
    const { name, value } = fields[area.dataset.field];
    if (area.value !== area.dataset.first) yield { key, sha256, field: name, old: value, new: area.value };
  }
  const verdict = article.querySelector("select").value;
  if (verdict) yield { key, sha256, verdict };
}

document.addEventListener("input", (event) => {
  isSaved = false;
  const { target } = event;
  if (target.dataset.field) target.classList.toggle("changed", target.value !== target.dataset.first);
});
window.addEventListener("beforeunload", (event) => isSaved || event.preventDefault());
save.addEventListener("click", () => {
  const told = { version: 1, steps: [...document.querySelectorAll("article")].flatMap((article) => [...steps(article)]) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(told, null, 1)], { type: "application/json" }));
  link.download = "corrections.json";
  link.click();
  isSaved = true;
});
