// The camera as a reader of QR codes. The picture is looked at on this device and goes nowhere.

const WORDS = JSON.parse(document.querySelector("[data-words]")?.dataset.words ?? "{}"); // in the page’s language
const say = (text, values = {}) => (WORDS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const block = document.querySelector("[data-camera]");
const open = block.querySelector("[data-camera-open]");
const close = block.querySelector("[data-camera-close]");
const viewfinder = block.querySelector("[data-viewfinder]");
const video = block.querySelector("[data-video]");
const says = block.querySelector("[data-camera-says]");
const form = document.querySelector("[data-verify]");
const canvas = document.createElement("canvas");
const MOST_PIXELS = 800; // of a side of what is looked at
const PAUSE = 120; // milliseconds between two looks
const FAILURES = {
  NotAllowedError: say("The camera may not be used. Allow it for this site in your browser’s settings; or take a photo of the code, and choose that above."),
  NotFoundError: say("No camera was found. Take a photo of the code with another device, and choose that above."),
  NotReadableError: say("The camera is in use by another program. Close that, and try again.")
};

let stream = null;

block.hidden = false;
if (block.hasAttribute("data-camera-first")) open.focus(); // browsers want a tap before they ask for the camera
if (!navigator.mediaDevices?.getUserMedia) {
  open.hidden = true;
  says.textContent = say("Browsers let pages use the camera over https only. Take a photo of the code, and choose that above.");
}

open.addEventListener("click", async () => {
  open.disabled = true;
  try {
    const { codeIn } = await import(block.dataset.module);
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 1280 } }
    });
    await look(codeIn);
  } catch (error) {
    says.textContent = FAILURES[error.name] ?? say("The camera could not be started. Take a photo of the code, and choose that above.");
    says.classList.add("fault");
    stop();
  } finally {
    open.disabled = false;
  }
});

close.addEventListener("click", () => {
  stop();
  open.focus();
});
window.addEventListener("pagehide", stop);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) stop();
});

async function look(codeIn) {
  says.classList.remove("fault");
  says.textContent = say("Hold the code into the frame. The picture stays on this device.");
  viewfinder.hidden = false;
  open.hidden = true;
  open.setAttribute("aria-expanded", "true");
  video.srcObject = stream;
  await video.play();
  viewfinder.scrollIntoView({ block: "nearest" });
  close.focus({ preventScroll: true });
  const looking = stream;
  while (stream === looking && looking !== null) {
    const found = codeIn(picture());
    if (found !== "") {
      stop();
      says.textContent = say("Code read. Verifying what it says…");
      navigator.vibrate?.(60);
      form.elements.namedItem("file").value = "";
      form.elements.namedItem("text").value = found;
      form.requestSubmit();
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  }
}

// The middle square of what the camera sees, which is what the frame shows.
function picture() {
  const side = Math.min(video.videoWidth, video.videoHeight);
  const pixels = Math.max(1, Math.min(side, MOST_PIXELS));
  canvas.width = pixels;
  canvas.height = pixels;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, pixels, pixels);
  return context.getImageData(0, 0, pixels, pixels);
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  viewfinder.hidden = true;
  open.hidden = !navigator.mediaDevices?.getUserMedia;
  open.setAttribute("aria-expanded", "false");
}
