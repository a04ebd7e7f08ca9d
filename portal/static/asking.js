// Looks every two seconds whether the wallet has answered, and loads the page anew when it has. Without scripts the
// page loads itself.

const asking = document.querySelector("[data-asking]");
const EVERY = 2000;

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(asking.dataset.asking, { cache: "no-store" });
      if (!answer.ok || !(await answer.json()).open) {
        location.reload();
        return;
      }
    } catch {
      // the network is away for a moment: look again
    }
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
