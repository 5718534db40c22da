(function () {
'use strict';
/* The page is complete without this script. It adds: memory for language and theme, the whole timeline, print buttons.
   Data reach the page through textContent only; nothing is ever parsed as HTML. All sentences come from the page. */
var d = document, root = d.documentElement;
var ROW = 28; /* height of a timeline row in the style sheet */
var data = null, events = null, page = null;
var view = [];     /* indexes of the rows that pass the filter */
var current = -1;  /* index into view */
var pool = [], top0 = -1, pending = false, utc = false;
function byId(id) { return d.getElementById(id); }
root.className = 'js';

/* ---- settings: address (?lang=en&theme=dark), then memory, then the browser ---- */
function get(key) {
  var m = new RegExp('[?&]' + key + '=([a-z]+)').exec(location.search);
  if (m) return m[1];
  try { return localStorage.getItem('hikeshi-' + key) || ''; } catch (e) { return ''; }
}
function put(key, value) {
  try { localStorage.setItem('hikeshi-' + key, value); } catch (e) { /* private mode */ }
}
function setLang(lang) {
  root.lang = lang;
  byId('l-' + lang).checked = true;
  if (events) { options(); paint(true); count(); detail(); }
}
function setTheme(theme) {
  if (theme) root.setAttribute('data-theme', theme); else root.removeAttribute('data-theme');
  var radio = d.querySelector('input[name=theme][value="' + theme + '"]');
  if (radio) radio.checked = true;
}
var wanted = get('lang') || ((navigator.language || 'ja').slice(0, 2) === 'ja' ? 'ja' : 'en');
setTheme(/^(light|dark)$/.test(get('theme')) ? get('theme') : '');
setLang(wanted === 'en' ? 'en' : 'ja');
d.addEventListener('change', function (e) {
  var t = e.target;
  if (t.name === 'lang') { put('lang', t.value); setLang(t.value); }
  else if (t.name === 'theme') { put('theme', t.value); setTheme(t.value); }
});
function say(text) { return text[root.lang] || text.ja; }

/* ---- names: the characters of the page's own table become <U+XXXX> ---- */
function isFramed(c) {
  var code = c.codePointAt(0), lo = 0, hi = page.framed.length;
  while (lo < hi) {
    var mid = (lo + hi) >> 1, r = page.framed[mid];
    if (code < r[0]) hi = mid; else if (code > r[1]) lo = mid + 1; else return true;
  }
  return false;
}
function frame(c) {
  var hex = c.codePointAt(0).toString(16).toUpperCase();
  while (hex.length < 4) hex = '0' + hex;
  return '<U+' + hex + '>';
}
function visible(s) { return Array.from(s).map(function (c) { return isFramed(c) ? frame(c) : c; }).join(''); }
function setName(el, s) {
  var chars = Array.from(s), run = '';
  el.textContent = '';
  chars.forEach(function (c, i) {
    if (!isFramed(c) && !(c === ' ' && i === chars.length - 1)) { run += c; return; }
    if (run) el.append(run);
    run = '';
    el.append(make('span', 'esc', frame(c)));
  });
  if (run) el.append(run);
}
function make(tag, cls, text) {
  var e = d.createElement(tag);
  if (cls) e.className = cls;
  if (text) e.textContent = text;
  return e;
}

/* ---- timeline: a window of rows inside a real table; two spacer rows keep the scroll bar true ---- */
var scroller = byId('tl-scr'), table = null, body = null, search = byId('tl-q'), tick = null;
var before = make('tr', 'sp'), after = make('tr', 'sp');
[before, after].forEach(function (r) {
  var cell = d.createElement('td');
  r.setAttribute('aria-hidden', 'true');
  cell.colSpan = 6;
  r.append(cell);
});
function two(n) { return (n < 10 ? '0' : '') + n; }
function clock(ms) {
  var x = new Date(ms + (utc ? 0 : data.case.time_zone.offset_min * 60000));
  return x.getUTCFullYear() + '-' + two(x.getUTCMonth() + 1) + '-' + two(x.getUTCDate()) + ' ' + two(x.getUTCHours()) + ':' +
    two(x.getUTCMinutes()) + ':' + two(x.getUTCSeconds()) + '.' + ('00' + x.getUTCMilliseconds()).slice(-3) + (utc ? 'Z' : '');
}
function sourceName(e) { return say(data.labels.sources[events.sources[e[1]]]); }
function kindName(e) { return say(data.labels.kinds[events.kinds[e[2]]]); }
function link(a, id) {
  a.textContent = id;
  if (byId(id)) a.href = '#' + id; else a.removeAttribute('href');
}
function newRow() {
  var r = d.createElement('tr');
  r.n = -1;
  r.c = [];
  for (var i = 0; i < 6; i++) r.c[i] = r.insertCell();
  r.file = make('bdi', 'fn');
  r.place = make('bdi', 'fn stat');
  r.who = make('bdi', 'fn');
  r.link = make('a');
  r.c[3].append(r.file, '  ', r.place);
  r.c[4].append(r.who);
  r.c[5].append(r.link);
  [r.file, r.place, r.who].forEach(function (b) { b.dir = 'ltr'; });
  return r;
}
function fill(r, i) {
  var e = events.rows[view[i]];
  r.n = i;
  r.className = (e[7] ? 'k' : '') + (i === current ? ' cur' : '');
  r.setAttribute('aria-rowindex', i + 2);
  r.c[0].textContent = clock(e[0]);
  r.c[1].textContent = sourceName(e);
  r.c[2].textContent = kindName(e);
  setName(r.file, e[4]);
  setName(r.place, events.dirs[e[3]]);
  setName(r.who, events.accounts[e[5]]);
  link(r.link, e[6]);
}
function paint(force) {
  var n = view.length, shown = Math.ceil(scroller.clientHeight / ROW) + 24, t = Math.floor(scroller.scrollTop / ROW) - 8;
  t = Math.max(0, Math.min(t - t % 8, n - shown)); /* steps of eight rows: fewer layouts while scrolling */
  pending = false;
  if (!force && t === top0) return;
  top0 = t;
  var m = Math.min(shown, n - t), i;
  while (pool.length < shown) pool.push(newRow());
  if (force || body.rows.length !== m + 2) {
    body.textContent = '';
    body.append(before);
    for (i = 0; i < m; i++) body.append(pool[i]);
    body.append(after);
  }
  before.firstChild.style.height = t * ROW + 'px';
  after.firstChild.style.height = (n - t - m) * ROW + 'px';
  for (i = 0; i < m; i++) {
    var r = body.rows[i + 1];
    if (force || r.n !== t + i) fill(r, t + i);
  }
  table.setAttribute('aria-rowcount', n + 1);
}
function count() {
  byId('tl-n').textContent = say(page.showing) + ' ' + view.length.toLocaleString('en') + ' / ' + events.rows.length.toLocaleString('en');
}
function filter() {
  var s = search.value.trim().toLowerCase(), source = byId('tl-src').value, kind = byId('tl-kind').value, key = byId('tl-key').checked;
  var was = current >= 0 ? view[current] : -1;
  function hits(list) { return list.map(function (x) { return visible(x).toLowerCase().indexOf(s) >= 0; }); }
  var inDir = s && hits(events.dirs), inWho = s && hits(events.accounts);
  view = [];
  events.rows.forEach(function (e, i) {
    if ((key && !e[7]) || (source !== '' && e[1] !== +source) || (kind !== '' && e[2] !== +kind)) return;
    if (s && !inDir[e[3]] && !inWho[e[5]] && visible(e[4]).toLowerCase().indexOf(s) < 0) return;
    view.push(i);
  });
  current = was >= 0 ? view.indexOf(was) : -1;
  scroller.scrollTop = 0;
  paint(true);
  count();
}
function options() { /* only what occurs */
  [['tl-src', 1, events.sources, data.labels.sources], ['tl-kind', 2, events.kinds, data.labels.kinds]].forEach(function (x) {
    var select = byId(x[0]), value = select.value, used = {};
    events.rows.forEach(function (e) { used[e[x[1]]] = true; });
    select.textContent = '';
    select.append(new Option(say(page.all), ''));
    x[2].forEach(function (code, i) { if (used[i]) select.append(new Option(say(x[3][code]), i)); });
    select.value = value;
  });
}
function go(i, middle) {
  if (!view.length || i < 0) return;
  current = Math.min(view.length - 1, i);
  var y = current * ROW, head = table.tHead.offsetHeight, h = scroller.clientHeight;
  if (middle) scroller.scrollTop = y - h / 2 + ROW;
  else if (y < scroller.scrollTop) scroller.scrollTop = y;
  else if (y + ROW + head > scroller.scrollTop + h) scroller.scrollTop = y + ROW + head - h;
  paint(true);
  detail();
}
function detail() {
  if (current < 0) return;
  var e = events.rows[view[current]], out = byId('tl-dt'), file = make('bdi', 'fn'), who = make('bdi', 'fn'), a = make('a');
  var dir = events.dirs[e[3]];
  setName(file, dir && e[4] ? dir + '\\' + e[4] : dir || e[4]);
  setName(who, events.accounts[e[5]]);
  link(a, e[6]);
  out.textContent = '';
  out.append(make('b', '', clock(e[0]) + '  ' + kindName(e)), ' — ' + sourceName(e) + '  ', a, d.createElement('br'), file, '  ', who);
}
function keys(e) {
  var by = Math.floor(scroller.clientHeight / ROW) - 2;
  var to = { ArrowDown: current + 1, ArrowUp: Math.max(0, current - 1), PageDown: current + by, PageUp: Math.max(0, current - by),
    Home: 0, End: view.length - 1 }[e.key];
  if (to === undefined || e.target !== scroller || e.altKey || e.ctrlKey) return;
  e.preventDefault();
  go(current < 0 && e.key !== 'End' ? Math.floor(scroller.scrollTop / ROW) : to);
}
function start() {
  page = JSON.parse(byId('hikeshi-page').textContent);
  data = JSON.parse(byId('hikeshi-data').textContent);
  if (!scroller) return;
  events = data.events;
  table = scroller.querySelector('table');
  body = table.tBodies[0];
  utc = byId('tl-utc').checked;
  options();
  filter();
  search.addEventListener('input', function () { clearTimeout(tick); tick = setTimeout(filter, 150); });
  ['tl-src', 'tl-kind', 'tl-key'].forEach(function (id) { byId(id).addEventListener('change', filter); });
  byId('tl-utc').addEventListener('change', function (e) {
    utc = e.target.checked;
    scroller.querySelector('.tzl').textContent = utc ? 'UTC' : page.zone;
    paint(true);
    detail();
  });
  body.addEventListener('click', function (e) {
    var r = e.target.closest('tr');
    if (r && r.n >= 0 && e.target.tagName !== 'A') go(r.n);
  });
  scroller.addEventListener('keydown', keys);
  scroller.addEventListener('scroll', function () {
    if (pending) return;
    pending = true;
    requestAnimationFrame(function () { paint(false); });
  }, { passive: true });
  addEventListener('resize', function () { paint(true); });
}

/* ---- buttons, links into closed parts, printing ---- */
var acts = {
  'print': function () { root.removeAttribute('data-print'); print(); },
  'print-one': function () { root.setAttribute('data-print', 'one'); print(); },
  'tl-onset': function () { go(view.findIndex(function (i) { return events.rows[i][0] >= events.onset; }), true); scroller.focus(); },
  'tl-next': function () { go(view.findIndex(function (v, k) { return k > current && events.rows[v][7]; }), true); }
};
d.addEventListener('click', function (e) {
  var b = e.target.closest('[data-do]');
  if (b && (events || b.getAttribute('data-do').indexOf('print') === 0)) acts[b.getAttribute('data-do')]();
});
addEventListener('beforeprint', function () { d.querySelectorAll('details').forEach(function (x) { x.was = x.open; x.open = true; }); });
addEventListener('afterprint', function () {
  root.removeAttribute('data-print');
  d.querySelectorAll('details').forEach(function (x) { x.open = x.was; });
});

/* the data are parsed after the first screen is on the glass */
requestAnimationFrame(function () { setTimeout(start, 0); });
}());
