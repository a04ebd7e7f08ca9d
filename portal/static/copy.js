// A button that copies what its `data-copy` names. Without scripts it stays hidden, and what is shown can be selected.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[aria-live]"); // said by screen readers, without moving there
  try {
    await (button.dataset.rich ? copyRich(button, source) : navigator.clipboard.writeText(source.textContent.trim()));
    said.textContent = button.dataset.done;
  } catch {
    said.textContent = button.dataset.failed; // not allowed: then it is selected, to be copied by hand
    getSelection().selectAllChildren(source);
  }
}

// As HTML for what keeps it, such as a mail program's signature, and as text for what does not.
function copyRich(button, source) {
  const of = (text, type) => new Blob([text.trim()], { type });
  const html = document.getElementById(button.dataset.rich).textContent;
  const item = { "text/html": of(html, "text/html"), "text/plain": of(source.textContent, "text/plain") };
  return navigator.clipboard.write([new ClipboardItem(item)]);
}
