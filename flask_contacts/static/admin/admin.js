/* Small helps; every page works without them. */
(function ($) {
  "use strict";
  if (window.contactsAdmin) { return; }  // the tab brings this script too
  window.contactsAdmin = true;

  // The tab that the address names: FAB opens the last one used instead.
  function openNamedTab() {
    var name = window.location.hash.slice(1);
    if (!/^\w+$/.test(name)) { return; }
    var tab = $('a[data-toggle="tab"][href$="#' + name + '"]');
    if (tab.length) {
      tab.tab("show");
      tab[0].scrollIntoView({ block: "nearest", inline: "center" });
      window.scrollTo(0, 0);
    }
  }

  // How much of the window the messages take that go along: what one goes to stands below them.
  function tellHeight() {
    var box = document.querySelector(".contacts-messages");
    function tell() {
      document.documentElement.style.setProperty("--contacts-messages", parseFloat(window.getComputedStyle(box).top) + box.offsetHeight + 8 + "px");
    }
    if (!box || !box.children.length) { return; }
    tell();
    new ResizeObserver(tell).observe(box);
  }

  // A tab that is written when it is opened: it stands in the page that its link leads to.
  function fillTab() {
    var link = this, pane = document.getElementById(link.hash.slice(1));
    if (!pane || !pane.hasAttribute("data-contacts-later")) { return; }
    pane.removeAttribute("data-contacts-later");
    pane.setAttribute("aria-busy", "true");
    window.fetch(link.href, { credentials: "same-origin" })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : ""; })
      .then(function (html) {
        var found = new DOMParser().parseFromString(html, "text/html").getElementById(pane.id);
        pane.append.apply(pane, Array.from(found.childNodes));
        pane.removeAttribute("aria-busy");
      })
      .catch(function () { window.location.assign(link.href); });  // it says what is the matter
  }

  // Sorting and paging a list inside a tab come back to that tab, not to the first.
  function keepTab() {
    var here = window.location;
    $(".tab-pane a[href]").each(function () {
      var samePage = this.host === here.host && this.pathname === here.pathname;
      if (samePage && this.search && !this.hash && this.getAttribute("href")[0] !== "#") {
        this.hash = $(this).closest(".tab-pane")[0].id;
      }
    });
  }

  // Ticking a permission proposes its topics, visibly; unticking changes none.
  function proposeTopics(event) {
    var proposed = false;
    if (!event.target.checked) { return; }
    event.target.getAttribute("data-proposes").split(" ").forEach(function (topic) {
      var box = document.getElementById("topics-" + topic);
      if (box && !box.checked) {
        box.checked = true;
        box.parentNode.classList.add("contacts-proposed");
        proposed = true;
      }
    });
    if (proposed) { $("[data-proposed-note]").prop("hidden", false); }
  }

  function goToEnd(field) {
    if (field.setSelectionRange) { field.setSelectionRange(field.value.length, field.value.length); return; }
    document.getSelection().selectAllChildren(field);
    document.getSelection().collapseToEnd();
  }

  // A merge field goes where the cursor is, in the field that was used last.
  var lastField = null;
  function insertField(event) {
    var field = lastField && !lastField.hidden ? lastField : document.querySelector(".contacts-mail-words:not([hidden]), #body:not([hidden])");
    var text = event.currentTarget.getAttribute("data-insert");
    if (!field) { return; }
    if (field !== lastField) { goToEnd(field); }
    field.focus();
    if (document.execCommand("insertText", false, text)) { return; }  // can be undone
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // One menu or panel at a time; Escape and a click elsewhere close it. A panel in which something
  // was chosen waits for its button or another panel, and one with a mistake stays.
  var MENUS = ".contacts-menu, .contacts-list-panel";
  function closeMenus(except) {
    $(MENUS).filter("[open]").not(except || []).removeAttr("open");
  }
  function closeOthers(event) {
    var inside = $(event.target).closest(MENUS);
    closeMenus(inside.length ? inside : $(MENUS).filter(function () { return $(this).data("changed"); }));
  }
  function closeOnEscape(event) {
    var open = $(MENUS).filter("[open]").first();
    if (event.key !== "Escape" || !open.length) { return; }
    closeMenus();
    open.children("summary").trigger("focus");
  }
  // Bootstrap takes the keys that are pressed in its menus: Escape, Space and the arrows would
  // reach neither us nor the buttons and selects that ours have.
  function keepKeys(event) {
    event.stopPropagation();
    closeOnEscape(event);
  }
  // What a menu offers lies within the window, wherever its button stands.
  function keepInWindow(event) {
    var menu = $(event.target).filter(".contacts-menu[open]").children(".contacts-menu-items")[0], box;
    if (!menu) { return; }
    menu.style.translate = "";
    box = menu.getBoundingClientRect();
    menu.style.translate = (Math.max(8 - box.left, 0) || Math.min(document.documentElement.clientWidth - 8 - box.right, 0)) + "px";
  }

  // A box of proposals for a field that keeps the focus (aria-activedescendant): what is offered is
  // walked through with the arrows and taken by Enter or a click; ``said`` tells how many there are,
  // ``onClose`` is called when the box closes.
  function proposalBox(field, list, said, onClose) {
    var active = -1;
    said = said || document.createElement("span");
    list.id = list.id || field.id + "-found";
    list.setAttribute("role", "listbox");
    function mark(place) {
      active = place;
      Array.from(list.children).forEach(function (option, at) { option.setAttribute("aria-selected", String(at === place)); });
      if (place < 0) { field.removeAttribute("aria-activedescendant"); return; }
      field.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
    function open(isOpen) {
      list.hidden = !isOpen;
      if (field.getAttribute("role") === "combobox") { field.setAttribute("aria-expanded", String(isOpen)); }
    }
    function close() { mark(-1); open(false); list.textContent = said.textContent = ""; onClose(); }
    function offer(options) {
      mark(-1);
      list.replaceChildren.apply(list, options);
      options.forEach(function (option, place) {
        option.id = list.id + "-" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
      });
      open(options.length > 0);
      said.textContent = (said.getAttribute("data-people-found") || "").replace("{count}", options.length);
    }
    // Whether the key was the box's.
    function press(event) {
      var step = { ArrowDown: 1, ArrowUp: -1 }[event.key], number = list.children.length;
      if (list.hidden || event.isComposing) { return false; }
      if (event.key === "Tab") { close(); return false; }
      if (event.key === "Escape") { close(); }
      else if (step) { mark(active < 0 && step < 0 ? number - 1 : (active + step + number) % number); }
      else if (event.key === "Enter" && active >= 0) { list.children[active].click(); }
      else { return false; }
      event.preventDefault();
      return true;
    }
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });  // the field keeps the focus
    return { close: close, offer: offer, press: press };
  }

  // The send dialog: contacts are offered while one types their name.
  function offerContacts(form) {
    var field = form.querySelector("#find"), list = form.querySelector("[data-found]");
    var none = form.querySelector("[data-found-none]"), waiting = null, asked = "", box;
    if (!field) { return; }
    field.type = "text";  // a field of type search can be no combobox (ARIA in HTML)
    field.setAttribute("role", "combobox");
    box = proposalBox(field, list, form.querySelector("[data-people-found]"), function () { asked = ""; });
    box.close();
    function piece(tag, text) {
      var element = document.createElement(tag);
      element.textContent = text;
      return element;
    }
    function add(contact) {
      var tick = form.querySelector('input[name="to"][value="' + contact.id + '"]');
      if (!tick) {
        var item = document.createElement("li"), label = document.createElement("label");
        var body = document.createElement("span");
        tick = document.createElement("input");
        tick.type = "checkbox"; tick.name = "to"; tick.value = contact.id;
        if (contact.wants_no_mail) { tick.setAttribute("data-wants-no-mail", ""); }
        label.className = "contacts-chip";
        body.className = "contacts-chip-body";
        body.append(piece("strong", contact.name), " ", piece("span", contact.email), piece("small", contact.sentence));
        body.children[1].className = "contacts-email";
        label.append(tick, body);
        item.append(label);
        form.querySelector("[data-chips]").prepend(item);
      }
      tick.checked = true;
      tick.scrollIntoView({ block: "nearest" });
      $(tick).trigger("change");
      field.value = "";
      box.close();
      field.focus();
    }
    function show(found) {
      none.hidden = found.length > 0;
      box.offer(found.map(function (contact) {
        var item = document.createElement("li");
        item.append(piece("strong", contact.name), " ", contact.email, piece("small", contact.sentence));
        if (contact.reachable) { item.addEventListener("click", function () { add(contact); }); }
        else { item.setAttribute("aria-disabled", "true"); }
        return item;
      }));
    }
    function ask() {
      var text = field.value.trim();
      if (text === asked) { return; }
      asked = text;
      if (!text) { none.hidden = true; box.close(); return; }
      window.fetch(form.getAttribute("data-lookup") + encodeURIComponent(text), {
        credentials: "same-origin", headers: { Accept: "application/json" }
      }).then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : null; })
        .then(function (answer) { if (answer && text === asked) { show(answer.contacts); } })
        .catch(box.close);  // the button Find still works
    }
    $(field).on("input", function () { window.clearTimeout(waiting); waiting = window.setTimeout(ask, 200); });
    field.addEventListener("keydown", function (event) {
      if (!box.press(event) && event.key === "Enter") { event.preventDefault(); ask(); }
    });
    $(document).on("click", function (event) { if (!$(event.target).closest(".contacts-find").length) { box.close(); } });
  }

  // Who wants no mail is asked about as soon as one is selected; a language shows its text.
  function watchDialog(form) {
    form.classList.add("contacts-has-script");
    offerContacts(form);
    $(form).on("change", 'input[name="to"]', function () {
      $("[data-confirm]").prop("hidden", !form.querySelector("[data-wants-no-mail]:checked"));
      $("[data-count]").text($(form).find('input[name="to"]:checked').length);
    });
    $(form).find("#language").on("change", function () {
      form.querySelector('[name="action"][value="language"]').click();
    });
    $(form).on("submit", function () { window.setTimeout(function () { $(form).find("button[type=submit]").prop("disabled", true); }, 0); });
    $(window).on("pageshow", function (event) {
      if (event.originalEvent.persisted) { $(form).find("button[type=submit]").prop("disabled", false); }
    });
  }

  // A field that offers what the server finds, while one types into it.
  function offerFound() {
    var field = this, offers = document.getElementById(field.getAttribute("list")), waiting = null, asked = "";
    function ask() {
      var text = field.value.trim();
      if (!text || text === asked) { return; }
      asked = text;
      window.fetch(field.getAttribute("data-contacts-lookup") + encodeURIComponent(text), {
        credentials: "same-origin", headers: { Accept: "application/json" }
      }).then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : null; })
        .then(function (found) {
          if (!found || text !== asked) { return; }
          offers.textContent = "";
          found.forEach(function (one) {
            var option = document.createElement("option");
            option.value = one.value;
            option.label = one.label || one.value;
            offers.append(option);
          });
        })
        .catch(function () { asked = ""; });  // what is typed in full is taken all the same
    }
    $(field).on("input", function () { window.clearTimeout(waiting); waiting = window.setTimeout(ask, 200); });
  }

  // Colleagues are offered while one types @ and the beginning of a name into a comment.
  function offerPeople() {
    var form = this, field = form.querySelector("textarea"), list = form.querySelector("[data-people]");
    var waiting = null, asked = null;
    var box = proposalBox(field, list, form.querySelector("[data-people-found]"), function () { asked = null; });
    function begun() {
      var match = /(^|\s)@([^\s@]{1,64})$/.exec(field.value.slice(0, field.selectionStart));
      return match ? match[2] : null;
    }
    function take(username) {
      var name = begun(), end = field.selectionStart;
      if (name === null) { box.close(); return; }
      field.focus();
      field.setSelectionRange(end - name.length, end);
      if (!document.execCommand("insertText", false, username + " ")) {
        field.setRangeText(username + " ", end - name.length, end, "end");
      }
      box.close();
    }
    function show(people) {
      box.offer(people.map(function (person) {
        var option = document.createElement("li"), name = document.createElement("strong");
        name.textContent = person.name;
        option.append(name, " @" + person.username);
        option.addEventListener("click", function () { take(person.username); });
        return option;
      }));
    }
    function ask() {
      var name = begun();
      if (name === asked) { return; }
      if (name === null) { box.close(); return; }
      asked = name;
      window.fetch(form.getAttribute("data-contacts-people") + "?q=" + encodeURIComponent(name), {
        credentials: "same-origin", headers: { Accept: "application/json" }
      }).then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : null; })
        .then(function (answer) { if (answer && name === asked) { show(answer.people); } })
        .catch(box.close);  // a name can be typed to its end
    }
    field.addEventListener("input", function () { window.clearTimeout(waiting); waiting = window.setTimeout(ask, 150); });
    field.addEventListener("keydown", box.press);
    $(document).on("click", function (event) { if (!form.contains(event.target)) { box.close(); } });
  }

  // Boxes that tick all on the page, one in the table's head and one for a phone, and how many are.
  function offerSelectAll() {
    var form = $(this), boxes = form.find('input[type="checkbox"][name]'), all = form.find("[data-contacts-all]");
    var said = form.find("[data-contacts-selected]"), words = said.attr("data-contacts-selected") || "";
    function tell() {
      var count = boxes.filter(":checked").length;
      all.prop({ checked: count > 0 && count === boxes.length, indeterminate: count > 0 && count < boxes.length });
      said.text(count ? words.replace("{count}", count) : "");
    }
    all.add(form.find("[data-contacts-all-label]")).prop("hidden", false);
    all.on("change", function () { boxes.prop("checked", this.checked); tell(); });
    boxes.on("change", tell);
    $(window).on("pageshow", tell);
    tell();
  }

  // What is left empty stays out of the address that a search leads to.
  function leaveOutEmpty() {
    var empty = $(this).find(":input[name]:enabled").filter(function () { return !this.value; });
    empty.prop("disabled", true);
    window.setTimeout(function () { empty.prop("disabled", false); }, 0);  // who comes back finds them
  }

  // Leaving a page asks first while something that was typed into one of its forms is not saved:
  // by a link, or by sending another form, but not by sending that form itself.
  var unsaved = new Set(), sent = null, stays = false;
  function askFirst(event) {
    if (stays) { return; }
    var lost = Array.from(unsaved).some(function (form) { return form !== sent && form.isConnected; });
    sent = null;
    if (lost) { event.preventDefault(); }
  }
  function noteUnsaved(form) {
    unsaved.add(form);
    window.addEventListener("beforeunload", askFirst);
  }
  // A number to call or an address to write to does not leave the page.
  function noteStaying(event) {
    if (!event.target.closest('a[href^="mailto:"], a[href^="tel:"]')) { return; }
    stays = true;
    window.setTimeout(function () { stays = false; }, 500);
  }
  function noteTyping(event) {
    var form = event.target.closest("[data-contacts-unsaved]");
    if (form) { noteUnsaved(form); }
  }
  // Pressed twice within seconds is pressed once: the first answer is on its way.
  var pressed = new WeakMap();
  function noteSent(event) {
    var form = event.target, now = Date.now();
    if (event.defaultPrevented) { return; }
    if (form.method === "post" && now - (pressed.get(form) || 0) < 3000) {
      event.preventDefault();
      return;
    }
    pressed.set(form, now);
    sent = form;
  }

  $(function () {
    $("[data-contacts-lean]").on("submit", leaveOutEmpty);
    $("[data-contacts-select]").each(offerSelectAll);
    $("[data-contacts-quick]").val("y");
    // What is typed anew counts, and not what had been chosen for the words before.
    $("[data-contacts-candidates]").each(function () {
      var candidates = $(this).find("input");
      $(document.getElementById(this.getAttribute("data-contacts-candidates"))).on("input", function () { candidates.prop("checked", false); });
    });
    document.addEventListener("click", noteStaying);
    document.addEventListener("input", noteTyping);
    document.addEventListener("submit", noteSent);
    $("[data-contacts-unsaved]:has(.has-error, [name=silences]), .contacts-summary ~ [data-contacts-unsaved]").each(function () { noteUnsaved(this); });  // it came back
    window.addEventListener("pageshow", function (event) { if (event.persisted) { unsaved.clear(); pressed = new WeakMap(); } });
    $("[data-contacts-go-on]").first().each(function () { this.submit(); });
    $("[data-contacts-people]").each(offerPeople);
    $("[data-contacts-lookup]").each(offerFound);
    $(document).on("click", closeOthers);
    $(MENUS).on("input change", function () { $(this).data("changed", true); });
    $(document).on("keydown", closeOnEscape);
    $(document).on("keydown", ".contacts-menu *, .contacts-list-panel *", keepKeys);
    document.addEventListener("toggle", keepInWindow, true);
    $(document).on("show.bs.tab", 'a[data-toggle="tab"]', fillTab);
    openNamedTab();
    keepTab();
    tellHeight();
    $(window).on("hashchange", openNamedTab);
    $("[data-proposes]").on("change", proposeTopics);
    $("#topics input").on("change", function () { this.parentNode.classList.remove("contacts-proposed"); });
    $(document).on("focusin", "#subject, #body, .contacts-mail-words", function () { lastField = this; });
    $("[data-insert]").on("click", insertField);
    $(".contacts-send").each(function () { watchDialog(this); });
    $(".contacts-summary").attr("tabindex", -1).trigger("focus");
  });
})(window.jQuery);
