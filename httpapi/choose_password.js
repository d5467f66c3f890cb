"use strict";
// The page an invitation or a password reset leads to. Its token is behind the
// #, which no server sees; here it is taken out of the address bar as well.
const operation = location.pathname === "/accept-invite" ? "accept-invite" : "reset-password";
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);

const form = document.getElementById("form");
const message = document.getElementById("message");

async function save(event) {
  event.preventDefault();
  message.textContent = "";
  const password = document.getElementById("password").value;
  try {
    const response = await fetch("/api/v1/auth/" + operation, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, password }),
    });
    const answer = await response.json();
    if (response.ok) {
      form.remove();
      message.textContent = "Saved. Sign in to " + answer.organization + " as " + answer.email + ".";
      return;
    }
    const broken = (answer.errors || []).map((e) => "The " + e.field + " " + e.message + ".");
    message.textContent = broken.join(" ") || answer.detail;
  } catch {
    message.textContent = "The server cannot be reached: try again.";
  }
}

form.addEventListener("submit", save);
