// A credential checked by the browser itself: the programs come when they are asked for, and both answers are shown.

const section = document.querySelector("[data-in-browser]");
const start = section.querySelector("[data-start]");
const WORDS = {
  valid: ["Valid", "every check that it made passed"],
  expired: ["Expired", ""],
  "not-yet-valid": ["Not yet valid", ""],
  revoked: ["Revoked", ""],
  suspended: ["Suspended", ""],
  invalid: ["Not valid", ""],
  unchecked: ["Not fully checked", "the steps below say what is missing"]
};
let signs = null;
const OUTCOMES = { passed: "Passed", failed: "Failed", incomplete: "Could not be checked", skipped: "Not made" };

section.hidden = false;

start.addEventListener("click", async () => {
  start.disabled = true;
  start.textContent = "Checking…";
  let result;
  try {
    signs ??= await fetched(section.dataset.signs);
    const { check } = await import(section.dataset.module);
    result = await check(await credential(), { ownOrigin: section.dataset.ownOrigin });
  } catch (error) {
    const sentence = `The check could not be made: ${error.message}`;
    result = { status: "unchecked", asked: [], says: {}, steps: [{ title: "Start", outcome: "incomplete", sentence }] };
  }
  show(result);
  start.disabled = false;
  start.textContent = "Check it once more";
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
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}.`);
  return response.text();
}

function show({ status, steps, asked, says }) {
  const own = section.querySelector("[data-own]");
  const [word, line] = WORDS[status];
  own.className = `answer status-${status}`;
  own.querySelector("[data-own-seal]").replaceChildren(copy("seal", status));
  section.querySelector("[data-steps]").replaceChildren(...steps.map(stepOf));
  section.querySelector("[data-asked]").textContent = told(asked, says);
  const comparison = section.querySelector("[data-comparison]");
  const differs = ![status, section.dataset.status].includes("unchecked") && status !== section.dataset.status;
  comparison.hidden = !differs;
  comparison.textContent = "The two answers differ. Rely on neither before you know why: reload this page, and if they still differ, ask the issuer.";
  section.querySelector("[data-answers]").hidden = false;
  own.querySelector("[data-own-word]").textContent = word; // last, as it is read aloud
  own.querySelector("[data-own-line]").textContent = line;
}

function told(asked, says) {
  const read = says.what ? `The text that your browser checked is about “${says.what}”, issued by ${says.issuer}. ` : "";
  return read + (asked.length > 0 ? `It asked: ${asked.join(", ")}.` : "It asked nobody.");
}

function stepOf({ title, outcome, sentence }) {
  const item = document.createElement("li");
  item.className = `check check-${outcome}`;
  const words = document.createElement("div");
  const head = document.createElement("p");
  head.className = "check-head";
  head.append(span("check-title", title), " ", span("check-word", OUTCOMES[outcome]));
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
