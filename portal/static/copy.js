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
    await navigator.clipboard.writeText(source.textContent.trim());
    said.textContent = button.dataset.done;
  } catch {
    said.textContent = button.dataset.failed; // not allowed: then it is selected, to be copied by hand
    getSelection().selectAllChildren(source);
  }
}
