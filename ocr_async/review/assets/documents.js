// What the server has of the documents: the one that is shown, and its neighbours ahead of the need.

export class Lost extends Error {}
export class Refused extends Error {}

export async function ask(path, filters, options = {}) {
  let answer;
  try {
    answer = await fetch(`${path}?${filters}`, options);
  } catch {
    throw new Lost();
  }
  if (answer.ok) return options.whole ? answer : answer.json();
  if (answer.status === 400) throw new Refused();
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.problem === "gone" ? "" : said.problem ?? "");
}

export function send(path, body, filters) {
  const headers = { "content-type": "application/json" };
  return ask(path, filters, { method: "POST", headers, body: JSON.stringify(body) });
}

export class Documents {
  #known = new Map();
  #form;

  constructor(form) {
    this.#form = form;
  }

  filters() {
    const filters = this.#form();
    for (const [name, value] of [...filters]) if (!value) filters.delete(name);
    return filters;
  }

  get(number) {
    if (!this.#known.has(number)) {
      const path = `/documents/${number}`;
      const left = new AbortController(); // a browser has six connections: none for what was left behind
      const document = ask(path, this.filters());
      const picture = this.#picture(path, left.signal);
      const places = ask(`${path}/places`, "", { signal: left.signal });
      for (const promise of [document, picture, places]) promise.catch(() => {}); // told where it is shown
      this.#known.set(number, { document, picture, places, left });
    }
    return this.#known.get(number);
  }

  async #picture(path, signal) {
    const answer = await ask(`${path}/picture`, "", { whole: true, signal });
    const [width, height] = ["width", "height"].map((side) => Number(answer.headers.get(`x-picture-${side}`)));
    const address = URL.createObjectURL(await answer.blob());
    const image = new Image();
    image.src = address;
    await image.decode().catch(() => {});
    return { address, width, height };
  }

  replace(number, changed) {
    const entry = this.#known.get(number);
    if (entry) entry.document = Promise.resolve(changed);
  }

  forget(number) {
    this.#known.get(number)?.left.abort();
    this.#known.get(number)?.picture.then(({ address }) => URL.revokeObjectURL(address), () => {});
    this.#known.delete(number);
  }

  keep(numbers) {
    for (const number of [...this.#known.keys()]) if (!numbers.includes(number)) this.forget(number);
  }

  clear() {
    this.keep([]);
  }
}
