/* The body of a mail as one reads it, with buttons for its form. The field of HTML stays what is
   sent, and can be shown; without this file it is all that there is. */
(function () {
  "use strict";
  var field = document.querySelector("[data-mail-body]");
  if (!field) { return; }
  var words = JSON.parse(field.getAttribute("data-mail-body"));
  // The tags and attributes that a mail keeps.
  var TAGS = /^(A|B|BLOCKQUOTE|BR|CODE|DIV|EM|H[1-4]|HR|I|LI|OL|P|SPAN|STRONG|TABLE|TBODY|TD|TH|THEAD|TR|U|UL)$/;
  var ATTRIBUTES = { A: ["href", "title"], TD: ["align", "colspan"], TH: ["align", "colspan"] };
  var BLOCKS = /^(BLOCKQUOTE|DIV|H[1-4]|HR|LI|OL|P|TABLE|TBODY|TD|TH|THEAD|TR|UL)$/;
  var GONE = /^(SCRIPT|STYLE|TEMPLATE|IFRAME|OBJECT|NOSCRIPT|TITLE|SVG|MATH)$/i;

  function ends(node) { return !node || BLOCKS.test(node.nodeName); }

  // White space between paragraphs is only for who reads HTML; between words it is a space.
  function textOf(node) {
    if (!node.data.trim() && ends(node.previousSibling) && ends(node.nextSibling)) { return ""; }
    return node.data.replace(/[ \t\r\n\f]+/g, " ");
  }

  // A copy of what a mail keeps: nothing that runs or loads gets onto the page.
  function copy(from, to) {
    Array.prototype.forEach.call(from.childNodes, function (node) {
      if (node.nodeType === Node.TEXT_NODE) {
        var text = textOf(node);
        if (text) { to.appendChild(document.createTextNode(text)); }
        return;
      }
      if (node.nodeType !== Node.ELEMENT_NODE || GONE.test(node.nodeName)) { return; }
      if (!TAGS.test(node.nodeName) || node.nodeName === "SPAN") { copy(node, to); return; }
      var name = node.nodeName === "DIV" ? "p" : node.nodeName.toLowerCase();
      var element = document.createElement(name);
      (ATTRIBUTES[node.nodeName] || []).forEach(function (attribute) {
        var value = (node.getAttribute(attribute) || "").trim();
        var harmless = attribute !== "href" || /^(https?:|mailto:|\{)/i.test(value);
        if (value && harmless) { element.setAttribute(attribute, value); }
      });
      copy(node, element);
      to.appendChild(element);
    });
    return to;
  }

  function element(name, attributes, content) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (content) { made.append(content); }
    return made;
  }

  function htmlOf(node) {
    var clean = copy(node, document.createElement("div"));
    clean.querySelectorAll("p").forEach(function (one) {
      if (one.querySelector("p, ul, ol, table, blockquote")) { one.replaceWith.apply(one, one.childNodes); }
    });
    var lines = "";
    Array.prototype.forEach.call(clean.childNodes, function (one) {
      var block = BLOCKS.test(one.nodeName);
      lines += (block && lines ? "\n" : "") + (one.outerHTML || one.textContent.replace(/&/g, "&amp;").replace(/</g, "&lt;"));
    });
    return lines;
  }

  var editable = element("div", {
    "class": "form-control contacts-mail-words", "contenteditable": field.readOnly ? "false" : "true", "role": "textbox",
    "aria-multiline": "true", "aria-label": words.label, "spellcheck": "true"
  });
  if (field.readOnly) { editable.setAttribute("aria-readonly", "true"); editable.tabIndex = 0; }
  ["aria-describedby", "aria-invalid", "aria-required"].forEach(function (name) {
    if (field.hasAttribute(name)) { editable.setAttribute(name, field.getAttribute(name)); }
  });
  var bar = element("div", { "class": "contacts-mail-words-bar", "role": "toolbar", "aria-label": words.toolbar });
  var format = element("div", { "class": "btn-group" });
  var linking = element("div", { "class": "input-group contacts-mail-words-link", "hidden": "" });
  var address = element("input", { "type": "text", "class": "form-control", "aria-label": words.address, "placeholder": "https://", "inputmode": "url" });
  var wanted = null;  // the selection that becomes a link

  function read() {
    var page = new DOMParser().parseFromString(field.value, "text/html");
    editable.replaceChildren.apply(editable, copy(page.body, document.createElement("div")).childNodes);
  }

  function write() {
    field.value = htmlOf(editable);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function button(icon, label, work) {
    var made = element("button", { "type": "button", "class": "btn btn-default btn-sm", "title": label, "aria-label": label });
    made.append(element("i", { "class": "fa " + icon, "aria-hidden": "true" }));
    made.addEventListener("mousedown", function (event) { event.preventDefault(); });  // keeps the selection
    made.addEventListener("click", work);
    format.append(made);
  }

  function command(name) {
    return function () { editable.focus(); document.execCommand(name); };
  }

  function linkAround() {
    var at = document.getSelection().anchorNode;
    var near = at && (at.nodeType === Node.ELEMENT_NODE ? at : at.parentNode).closest("a");
    return near && editable.contains(near) ? near : null;
  }

  function askForLink() {
    var selection = document.getSelection();
    var here = selection.rangeCount && editable.contains(selection.anchorNode);
    var link = here ? linkAround() : null;
    if (link) { selection.selectAllChildren(link); }
    wanted = here ? selection.getRangeAt(0).cloneRange() : null;
    address.value = link ? link.getAttribute("href") : "";
    linking.hidden = false;
    address.focus();
  }

  function setLink() {
    var url = address.value.trim();
    var selection = document.getSelection();
    if (/^[^\s@/:]+@[^\s@/]+$/.test(url)) { url = "mailto:" + url; }
    if (url && !/^(https?:\/\/|mailto:|\{)/i.test(url)) { url = "https://" + url.replace(/^\/+/, ""); }
    closeLink();
    if (!url) { document.execCommand("unlink"); return; }
    if (selection.isCollapsed) {
      document.execCommand("insertHTML", false, element("a", { "href": url }, url).outerHTML);
      return;
    }
    document.execCommand("createLink", false, url);
  }

  function closeLink() {
    var selection = document.getSelection();
    linking.hidden = true;
    editable.focus();
    if (wanted) { selection.removeAllRanges(); selection.addRange(wanted); }
  }

  function showHtml(on) {
    if (!on) { read(); }
    field.hidden = !on;
    editable.hidden = on;
    format.hidden = on;
    linking.hidden = true;
    html.setAttribute("aria-pressed", String(on));
    html.classList.toggle("active", on);
    if (on) { field.focus(); }
  }

  document.execCommand("defaultParagraphSeparator", false, "p");
  button("fa-bold", words.bold, command("bold"));
  button("fa-italic", words.italic, command("italic"));
  button("fa-list-ul", words.bullets, command("insertUnorderedList"));
  button("fa-list-ol", words.numbers, command("insertOrderedList"));
  button("fa-link", words.link, askForLink);
  var html = element("button", { "type": "button", "class": "btn btn-default btn-sm contacts-mail-words-html", "aria-pressed": "false" }, words.html);
  html.addEventListener("click", function () { showHtml(field.hidden); });
  var set = element("button", { "type": "button", "class": "btn btn-default" }, words.set);
  set.addEventListener("click", setLink);
  address.addEventListener("keydown", function (event) {
    if (event.key === "Enter") { event.preventDefault(); setLink(); }
    if (event.key === "Escape") { closeLink(); }
  });
  address.addEventListener("input", function (event) { event.stopPropagation(); });
  linking.append(address, element("span", { "class": "input-group-btn" }, set));
  bar.append(format, html);
  if (field.readOnly) { format.hidden = true; }
  editable.addEventListener("input", write);
  editable.addEventListener("paste", function (event) {
    var plain = event.clipboardData.getData("text/plain"), rich = event.clipboardData.getData("text/html");
    event.preventDefault();
    if (!rich) { document.execCommand("insertText", false, plain); return; }
    var page = new DOMParser().parseFromString(rich, "text/html");
    document.execCommand("insertHTML", false, htmlOf(page.body));
  });
  document.querySelectorAll('label[for="' + field.id + '"], a[href="#' + field.id + '"]').forEach(function (one) {
    one.addEventListener("click", function () { if (field.hidden) { editable.focus(); } });
  });
  field.before(bar, linking, editable);
  showHtml(false);
  if (field.readOnly) { format.hidden = true; }
})();
