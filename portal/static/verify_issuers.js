// The visitor's own list of issuers, kept in this browser and told to nobody: it marks answers, and changes none.

const WORDS = JSON.parse(document.querySelector("[data-words]")?.dataset.words ?? "{}"); // in the page’s language
const say = (text, values = {}) => (WORDS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const KEY = "guildmark.issuers";
const MINE = say("On your list");

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof found === "object" && found !== null && !Array.isArray(found) ? found : {};
  } catch {
    return {};
  }
}

function keep(issuers) {
  try {
    localStorage.setItem(KEY, JSON.stringify(issuers));
  } catch {
    // A browser that keeps nothing keeps no list either.
  }
}

// One credential: its issuer, and the button that puts it on the list or takes it off.
function markOne(panel) {
  const { issuer, issuerName } = panel.dataset;
  const word = panel.querySelector("[data-known-word]");
  const sentence = panel.querySelector("[data-known-sentence]");
  const button = panel.querySelector("[data-keep-issuer]");
  const before = { word: word.textContent, sentence: sentence.textContent, class: word.className };
  function show() {
    const mine = Object.hasOwn(kept(), issuer);
    word.textContent = mine ? MINE : before.word;
    word.className = mine ? "known known-mine" : before.class;
    sentence.textContent = mine ? say("You trust this issuer; that is kept in this browser only.") : before.sentence;
    button.textContent = mine ? say("Take it off my list") : say("I trust this issuer");
  }
  button.addEventListener("click", () => {
    const issuers = kept();
    if (Object.hasOwn(issuers, issuer)) delete issuers[issuer];
    else issuers[issuer] = issuerName;
    keep(issuers);
    show();
  });
  panel.querySelector("[data-keep]").hidden = false;
  show();
}

// Several: mark the rows, and make the spreadsheet anew if one of them is marked, or if it is not made yet.
function markRows() {
  const link = document.querySelector("[data-batch] [data-csv]");
  if (link === null) return;
  const issuers = kept();
  const column = Number(link.dataset.known);
  let changed = !link.hasAttribute("href");
  const cells = [JSON.parse(link.dataset.columns)];
  for (const row of document.querySelectorAll("[data-batch] [data-cells]")) {
    const line = JSON.parse(row.dataset.cells);
    if (row.dataset.known && row.dataset.known !== "own" && Object.hasOwn(issuers, row.dataset.issuer)) {
      const word = row.querySelector("[data-known-word]");
      word.textContent = MINE;
      word.className = "known known-mine";
      line[column] = MINE;
      changed = true;
    }
    cells.push(line);
  }
  if (!changed) return;
  const blob = new Blob(["\ufeff", cells.map(csvLine).join("")], { type: "text/csv;charset=utf-8" });
  link.href = URL.createObjectURL(blob);
}

// As portal/spreadsheet.py writes it: nothing that people wrote is taken for a formula.
function csvLine(line) {
  const quoted = line.map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(",")}\r\n`;
}

// The list itself, to look at and to shorten.
function showList(section) {
  const list = section.querySelector("[data-list]");
  const issuers = kept();
  list.replaceChildren(...Object.entries(issuers).map(([identifier, name]) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    const bdi = document.createElement("bdi");
    bdi.textContent = String(name) || identifier;
    const code = document.createElement("span");
    code.className = "code";
    code.textContent = identifier;
    words.append(bdi, code);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = say("Remove");
    button.setAttribute("aria-label", say("Remove {name}", { name: bdi.textContent }));
    button.addEventListener("click", () => {
      const now = kept();
      delete now[identifier];
      keep(now);
      showList(section);
    });
    item.append(words, button);
    return item;
  }));
  section.hidden = list.children.length === 0;
}

// Where a browser does not open a folded part that an address points into.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest("details");
  if (folded) {
    folded.open = true;
    target.focus();
  }
}

document.querySelectorAll("[data-issuer-name]").forEach(markOne);
document.querySelectorAll("[data-my-issuers]").forEach(showList);
document.addEventListener("guildmark:rows", markRows);
window.addEventListener("hashchange", unfold);
if (document.querySelector("[data-batch]") !== null) markRows();
unfold();
