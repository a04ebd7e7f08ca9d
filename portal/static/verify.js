// Comforts of the verify form, which works without them: drop or paste files, Ctrl+Enter sends, and several things are
// sent one by one, so that each answer shows as soon as it is there.

const WORDS = JSON.parse(document.querySelector("[data-words]")?.dataset.words ?? "{}"); // in the page’s language
const say = (text, values = {}) => (WORDS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const form = document.querySelector("[data-verify]");
const zone = form.querySelector("[data-drop]");
const fault = form.querySelector("[data-fault]");
const file = form.elements.namedItem("file");
const text = form.elements.namedItem("text");
const most = Number(form.dataset.most);
const AT_A_TIME = 3;
const LONGEST = 12 * 1024 * 1024 + 1; // of a larger file just enough is sent to be told that it is too large
const PATIENCE = 4; // times that a busy server is asked again

function take(files) {
  if (!files || files.length === 0) return false;
  file.files = files;
  text.value = "";
  form.requestSubmit();
  return true;
}

function holdsFiles(event) {
  return Array.from(event.dataTransfer.types).includes("Files");
}

document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  zone.classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) zone.classList.remove("over");
});

document.addEventListener("drop", (event) => {
  zone.classList.remove("over");
  if (!holdsFiles(event)) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  if (take(event.clipboardData.files)) event.preventDefault();
});

// Files and a text cannot both be meant: whatever was given last counts.
file.addEventListener("change", () => {
  if (file.files.length > 0) text.value = "";
});
text.addEventListener("input", () => {
  if (text.value !== "") file.value = "";
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

form.addEventListener("submit", (event) => {
  const given = things();
  if (given.length < 2) return;
  event.preventDefault();
  if (given.length > most) {
    fault.textContent = say("These are {number}. Give up to {most} at a time.", { number: given.length, most });
    fault.hidden = false;
    file.focus();
    return;
  }
  verifyAll(given);
});

function things() {
  if (file.files.length > 0) return Array.from(file.files, (one) => ({ name: one.name, file: one }));
  const lines = text.value.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  return lines.every((line) => /^https?:\/\//i.test(line)) ? lines.map((line) => ({ name: line, text: line })) : [];
}

async function verifyAll(given) {
  const page = document.querySelector("[data-page]");
  page.replaceWith(document.querySelector("[data-several]").content.cloneNode(true));
  const batch = document.querySelector("[data-batch]");
  const rows = batch.querySelector("[data-rows]");
  const checks = batch.querySelector("[data-checks]");
  const title = batch.querySelector("[data-batch-title]");
  const progress = batch.querySelector("[data-progress]");
  given.forEach((one, index) => {
    rows.append(waiting(one.name));
    checks.append(document.createElement("div"));
    one.row = rows.children[index];
    one.place = checks.children[index];
    one.number = index + 1;
  });
  title.textContent = say("Checking {number}…", { number: given.length });
  window.scrollTo(0, 0);
  title.focus({ preventScroll: true });
  batch.setAttribute("aria-busy", "true");
  let done = 0;
  const left = [...given];
  const work = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      show(one, await answer(one), batch);
      done += 1;
      progress.textContent = say("{number} of {all}", { number: done, all: given.length });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  batch.removeAttribute("aria-busy");
  title.textContent = say("{number} checked", { number: given.length });
  progress.textContent = "";
  document.dispatchEvent(new CustomEvent("guildmark:rows"));
}

function waiting(name) {
  const row = document.createElement("tr");
  row.className = "waiting";
  const head = document.createElement("th");
  head.scope = "row";
  const bdi = document.createElement("bdi");
  bdi.textContent = name;
  head.append(bdi);
  const rest = document.createElement("td");
  rest.colSpan = 5;
  rest.textContent = "…";
  row.append(head, rest);
  return row;
}

// The row and its checks, or a sentence why there is none.
async function answer(one) {
  const body = new FormData();
  body.append("number", one.number);
  if (one.file) body.append("file", one.file.slice(0, LONGEST), one.name);
  else body.append("text", one.text);
  for (let attempt = 1; ; attempt += 1) {
    let response;
    try {
      response = await fetch(form.dataset.row, { method: "POST", body });
    } catch {
      return say("This one could not be sent: the connection failed, or the file can no longer be read.");
    }
    if (response.ok) {
      const holder = document.createElement("template");
      holder.innerHTML = await response.text();
      return holder.content;
    }
    if (response.status !== 503 || attempt === PATIENCE) return say("The server did not answer this one. Try it again later.");
    const seconds = Number(response.headers.get("Retry-After")) || 5;
    await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
  }
}

function show(one, found, batch) {
  if (typeof found === "string") {
    one.row.className = "unsent";
    one.row.lastElementChild.textContent = found;
    one.place.remove();
    return;
  }
  const row = found.querySelector("tr");
  one.row.replaceWith(row);
  one.place.replaceWith(found.querySelector("details"));
  count(row, batch.querySelector("[data-tally]"));
}

function count(row, tally) {
  let item = tally.querySelector(`[data-kind="${row.dataset.kind}"]`);
  if (item === null) {
    item = document.createElement("li");
    item.className = `status-${row.dataset.kind}`;
    item.dataset.kind = row.dataset.kind;
    const number = document.createElement("b");
    number.textContent = "0";
    const word = document.createElement("span");
    word.textContent = row.dataset.word;
    item.append(row.querySelector(".seal").cloneNode(true), number, " ", word);
    tally.append(item);
  }
  const number = item.querySelector("b");
  number.textContent = Number(number.textContent) + 1;
}
