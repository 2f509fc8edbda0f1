/* The editor of an e-mail template: the mail follows what is typed. Without this file the
   buttons send the form, and the page comes back with the mail. */
(function () {
  "use strict";
  var form = document.querySelector("[data-template-editor]");
  if (!form) { return; }
  var AFTER_TYPING = 400;  // milliseconds
  var frame = document.querySelector("[data-preview-frame]");
  var notes = document.querySelector("[data-preview-notes]");
  var contact = document.querySelector("[data-contact-lookup]");
  var asked = { timer: null, request: null }, lookedUp = { timer: null, request: null };

  // Only the last answer counts; a request that is overtaken is given up.
  function newest(one, url, options, use, fail) {
    clearTimeout(one.timer);
    if (one.request) { one.request.abort(); }
    var mine = one.request = new AbortController();
    fetch(url, Object.assign({ signal: mine.signal, credentials: "same-origin" }, options))
      .then(function (response) {
        if (!response.ok || response.redirected) { throw new Error(response.status); }
        return response.json();
      })
      .then(use)
      .catch(function () { if (!mine.signal.aborted) { fail(); } });
  }

  function later(one, work) {
    clearTimeout(one.timer);
    one.timer = setTimeout(work, AFTER_TYPING);
  }

  function note(kind, text) {
    var line = document.createElement("p");
    line.className = "alert alert-" + kind;
    line.textContent = text;
    notes.appendChild(line);
  }

  function show(answer) {
    notes.textContent = "";
    if (answer.said) { note("success", answer.said); }
    answer.problems.forEach(function (problem) { note("warning", problem); });
    var place = document.querySelector("[data-preview]");
    place.classList.toggle("contacts-stale", answer.html === undefined);
    if (answer.html === undefined) { return; }
    place.hidden = false;
    document.querySelector("[data-preview-subject]").textContent = answer.subject;
    document.querySelector("[data-preview-text]").textContent = answer.text;
    if (frame.srcdoc !== answer.html) { frame.srcdoc = answer.html; }
  }

  function failed() {
    notes.textContent = "";
    note("danger", form.getAttribute("data-failed"));
  }

  function send(what) {
    var data = new FormData(form);
    data.set("do", what);
    var options = { method: "POST", body: data, headers: { Accept: "application/json" } };
    newest(asked, form.action, options, show, failed);
  }

  function lookUp() {
    var url = contact.getAttribute("data-contact-lookup") + "?q=" + encodeURIComponent(contact.value);
    newest(lookedUp, url, {}, function (answer) {
      var list = document.getElementById("contact-options");
      list.textContent = "";
      answer.contacts.forEach(function (label) {
        var option = document.createElement("option");
        option.value = label;
        list.appendChild(option);
      });
    }, function () {});
  }

  function isOffered(text) {
    var options = document.getElementById("contact-options").options;
    return Array.prototype.some.call(options, function (one) { return one.value === text; });
  }

  function preview() { send("preview"); }

  form.addEventListener("input", function (event) {
    if (event.target === contact) { return; }
    later(asked, preview);
  });
  if (contact) {
    contact.addEventListener("input", function () {
      if (isOffered(contact.value) || !contact.value) { preview(); } else { later(lookedUp, lookUp); }
    });
    contact.addEventListener("change", preview);
  }
  form.addEventListener("submit", function (event) {
    var what = event.submitter ? event.submitter.value : "save";
    if (what !== "preview" && what !== "test") { return; }
    event.preventDefault();
    send(what);
  });
})();
