// Comforts of the verify form; it works without them. Drop or paste a file, and Ctrl+Enter sends.
"use strict";

const form = document.querySelector("[data-verify]");
const zone = form.querySelector("[data-drop]");
const file = form.elements.namedItem("file");
const text = form.elements.namedItem("text");

function take(files) {
  if (!files || files.length === 0) return false;
  const one = new DataTransfer();
  one.items.add(files[0]);
  file.files = one.files;
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

// A file and a text cannot both be meant: whatever was given last counts.
file.addEventListener("change", () => {
  if (file.files.length > 0) text.value = "";
});
text.addEventListener("input", () => {
  if (text.value !== "") file.value = "";
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
