// Says of a file that is too large before it is sent. Without this the server says the same, and keeps the form.

for (const input of document.querySelectorAll("input[type=file][data-most]")) {
  input.addEventListener("change", () => judge(input));
}

function judge(input) {
  const most = Number(input.dataset.most);
  const large = Array.from(input.files).find((file) => file.size > most * 1024 * 1024);
  const words = large
    ? input.dataset.tooLarge.replace(/\{(file|most)\}/g, (_, name) => (name === "file" ? large.name : most))
    : "";
  input.setCustomValidity(words); // the browser does not send the form before another file is chosen
  const place = placeOf(input);
  place.textContent = words;
  place.hidden = words === "";
  if (words) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// The same place where the server's message would stand.
function placeOf(input) {
  const id = `${input.id}-fault`;
  const known = document.getElementById(id);
  if (known) return known;
  const place = document.createElement("p");
  place.id = id;
  place.className = "fault";
  place.dir = "auto";
  place.setAttribute("role", "alert");
  input.after(place);
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
  return place;
}
