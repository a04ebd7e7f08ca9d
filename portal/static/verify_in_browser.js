// A credential checked by the browser itself: the programs come when they are asked for, and both answers are shown.

const section = document.querySelector("[data-in-browser]");
const start = section.querySelector("[data-start]");
const STATUSES = {
  valid: ["Valid", "every check that it made passed"],
  expired: ["Expired", ""],
  "not-yet-valid": ["Not yet valid", ""],
  revoked: ["Revoked", ""],
  suspended: ["Suspended", ""],
  invalid: ["Not valid", ""],
  unchecked: ["Not fully checked", "the steps below say what is missing"]
};
const OUTCOMES = { passed: "Passed", failed: "Failed", incomplete: "Could not be checked", skipped: "Not made" };
let signs = null;
let words = {}; // in the page’s language; they come with the signs
const say = (text, values = {}) => (words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

section.hidden = false;

start.addEventListener("click", async () => {
  if (start.ariaBusy === "true") return;
  start.ariaBusy = "true"; // a disabled button would lose the focus of who got here by keyboard
  start.textContent = start.dataset.checking;
  let result;
  try {
    signs ??= await fetched(section.dataset.signs);
    words = JSON.parse(signs.querySelector("[data-words]").dataset.words);
    const { check } = await import(section.dataset.module);
    result = await check(await credential(), { plain: section.dataset.plain.split(" "), words });
  } catch (error) {
    const sentence = start.dataset.failed.replace("{why}", error.message);
    result = { status: "unchecked", asked: [], says: {}, steps: [{ title: say("Start"), outcome: "incomplete", sentence }] };
  }
  show(result);
  start.ariaBusy = "false";
  start.textContent = start.dataset.again;
});

async function credential() {
  const { source } = section.dataset;
  if (source === "") return section.querySelector("[data-text]").textContent;
  return text(source);
}

async function fetched(url) {
  const holder = document.createElement("template");
  holder.innerHTML = await text(url);
  return holder.content;
}

async function text(url) {
  const response = await fetch(url, { credentials: "omit" });
  if (!response.ok) throw new Error(say("{url} answered with status {status}.", { url, status: response.status }));
  return response.text();
}

function show({ status, steps, asked, says }) {
  const own = section.querySelector("[data-own]");
  const [word, line] = STATUSES[status];
  own.className = `answer status-${status}`;
  own.querySelector("[data-own-seal]").replaceChildren(copy("seal", status));
  section.querySelector("[data-steps]").replaceChildren(...steps.map(stepOf));
  section.querySelector("[data-asked]").textContent = told(asked, says);
  const comparison = section.querySelector("[data-comparison]");
  const differs = ![status, section.dataset.status].includes("unchecked") && status !== section.dataset.status;
  comparison.hidden = !differs;
  comparison.textContent = say("The two answers differ. Rely on neither before you know why: reload this page, and if they still differ, ask the issuer.");
  section.querySelector("[data-answers]").hidden = false;
  own.querySelector("[data-own-word]").textContent = say(word); // last, as it is read aloud
  own.querySelector("[data-own-line]").textContent = line && say(line);
}

function told(asked, says) {
  const read = says.what ? `${say("The text that your browser checked is about “{what}”, issued by {issuer}.", says)} ` : "";
  return read + (asked.length > 0 ? say("It asked: {addresses}.", { addresses: asked.join(", ") }) : say("It asked nobody."));
}

function stepOf({ title, outcome, sentence }) {
  const item = document.createElement("li");
  item.className = `check check-${outcome}`;
  const words = document.createElement("div");
  const head = document.createElement("p");
  head.className = "check-head";
  head.append(span("check-title", title), " ", span("check-word", say(OUTCOMES[outcome])));
  const what = document.createElement("p");
  what.className = "check-sentence";
  what.dir = "auto";
  what.textContent = sentence;
  words.append(head, what);
  item.append(copy("sign", outcome), words);
  return item;
}

function span(name, words) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = words;
  return made;
}

function copy(kind, name) {
  return signs?.querySelector(`template[data-${kind}="${name}"]`)?.content.cloneNode(true) ?? "";
}
