/* The pages of a contact: sections become tabs, and fields are looked up while one types.
   Without it the sections stand one under the other, and the lists hold the first names. */
(function () {
  "use strict";

  function labelOf(section) {
    return section.querySelector("h2").textContent;
  }

  // The section that is shown at first: the one asked for, with an error, or the first.
  function firstSection(sections) {
    var named = window.location.hash.length > 1 ? document.getElementById(window.location.hash.slice(1)) : null;
    var around = named && named.closest("[data-form-tabs] > section");
    return sections.find(function (one) { return one.querySelector(".has-error"); }) ||
      around || sections.find(function (one) { return one.hasAttribute("data-open"); }) || sections[0];
  }

  function makeTabs(box) {
    var sections = Array.from(box.children), list = document.createElement("ul"), form = box.closest("form");
    var links = sections.map(function (section) {
      var item = document.createElement("li"), link = document.createElement("a");
      var wrong = section.querySelectorAll(".has-error").length;
      item.setAttribute("role", "presentation");
      link.href = "#" + section.id;
      link.id = section.id + "-tab";
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", section.id);
      link.textContent = labelOf(section);
      if (wrong) {
        var badge = document.createElement("span");
        badge.className = "badge contacts-tab-errors";
        badge.textContent = wrong;
        link.append(" ", badge);
      }
      section.setAttribute("role", "tabpanel");
      section.setAttribute("aria-labelledby", link.id);
      item.append(link);
      list.append(item);
      return link;
    });
    list.className = "nav nav-tabs contacts-tabs";
    list.setAttribute("role", "tablist");
    box.classList.add("contacts-has-tabs");
    box.prepend(list);

    function open(section, remember) {
      sections.forEach(function (one, place) {
        var is = one === section;
        one.hidden = !is;
        links[place].parentNode.classList.toggle("active", is);
        links[place].setAttribute("aria-selected", String(is));
        links[place].tabIndex = is ? 0 : -1;
      });
      if (remember) { window.history.replaceState(null, "", "#" + section.id); }
      // What is saved comes back to the same tab: the browser keeps the fragment of the address.
      if (form) { form.setAttribute("action", window.location.pathname + window.location.search + "#" + section.id); }
    }

    list.addEventListener("click", function (event) {
      var place = links.indexOf(event.target.closest("a"));
      if (place < 0) { return; }
      event.preventDefault();
      open(sections[place], true);
    });
    list.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], place = links.indexOf(event.target.closest("a"));
      if (!step || place < 0) { return; }
      event.preventDefault();
      place = (place + step + links.length) % links.length;
      open(sections[place], true);
      links[place].focus();
    });
    // A message above the form leads to its field, in whichever tab that is.
    document.addEventListener("click", function (event) {
      var link = event.target.closest && event.target.closest(".contacts-summary a");
      var field = link && document.getElementById(link.hash.slice(1));
      var section = field && field.closest("[data-form-tabs] > section");
      if (!section || sections.indexOf(section) < 0) { return; }
      event.preventDefault();
      open(section, false);
      field.focus();
    });
    open(firstSection(sections), false);
  }

  function lookUp(field) {
    var options = document.getElementById(field.getAttribute("list")), waiting = null, asked = field.value.trim();
    function ask() {
      var text = field.value.trim(), beside = document.getElementById(field.getAttribute("data-lookup-with") || "");
      var address = new URL(field.getAttribute("data-lookup"), window.location.href);
      if (text === asked) { return; }
      asked = text;
      address.searchParams.set("q", text);
      if (beside) { address.searchParams.set("with", beside.value.trim()); }
      window.fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : null; })
        .then(function (labels) {
          if (!labels || text !== asked) { return; }
          options.replaceChildren.apply(options, labels.map(function (label) {
            var option = document.createElement("option");
            option.value = label;
            return option;
          }));
        })
        .catch(function () { asked = null; });  // what is typed can still be sent
    }
    field.addEventListener("input", function () { window.clearTimeout(waiting); waiting = window.setTimeout(ask, 200); });
    if (field.hasAttribute("data-lookup-with")) {
      field.addEventListener("focus", function () { asked = null; ask(); });  // the company may be another by now
    }
  }

  function needEmail(box) {
    var email = document.getElementById("email");
    function tell() { email.setAttribute("aria-required", String(box.checked)); }
    box.addEventListener("change", tell);
    tell();
  }

  document.querySelectorAll("[data-form-tabs]").forEach(makeTabs);
  document.querySelectorAll("input[data-lookup]").forEach(lookUp);
  document.querySelectorAll(".contacts-agent #is_user").forEach(needEmail);
})();
