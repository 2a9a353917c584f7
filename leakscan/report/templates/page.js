(() => {
  'use strict';
  const CHUNK = 50, BINS = 80, BARS = 15;
  const LEVELS = ['critical', 'high', 'medium', 'low'];
  const STATES = { head: 'in HEAD', uncommitted: 'in files', history: 'in history only', unreachable: 'in unreachable objects', unknown: 'elsewhere' };
  const data = JSON.parse(document.getElementById('data').textContent);
  const all = data.findings, commits = data.commits, rules = data.rules;
  const at = id => document.getElementById(id);

  // Everything on the page is made of elements and text nodes: what a repository holds is never markup.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === 'class') element.className = value;
      else if (value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children.filter(child => child !== null && child !== undefined));
    return element;
  }
  const plural = (count, noun) => `${count.toLocaleString('en')} ${count === 1 ? noun : noun + 's'}`;
  const day = time => new Date(time * 1000).toISOString().slice(0, 10);
  const link = url => /^https?:\/\//.test(url)
    ? make('a', { href: url, rel: 'noopener noreferrer', target: '_blank' }, url) : make('code', {}, url);

  const missed = at('missed');
  if (missed) {
    for (const [what, why, detail] of data.missed) missed.append(make('li', {}, make('code', {}, what), `: ${why} ${detail}`));
    if (data.missedMore) missed.append(make('li', {}, `and ${data.missedMore.toLocaleString('en')} more`));
  }
  if (!all.length) return;

  all.forEach((finding, number) => {
    finding.n = number;
    const seen = finding.p.map(place => place[2]).concat([finding.i]).filter(c => c !== null);
    finding.authors = new Set(seen.map(c => commits[c][1]));
    if (finding.i !== null) {
      finding.from = commits[finding.i][3];
      finding.to = Math.max(finding.from, finding.d !== null ? commits[finding.d][3] : Math.max(data.now, finding.from));
    }
  });
  function haystack(finding) {
    if (finding.hay === undefined) {
      const rule = rules[finding.r], words = [rule.id, rule.name, finding.f, finding.v, STATES[finding.t], ...(finding.refs || [])];
      const seen = new Set();
      for (const place of finding.p) {
        words.push(place[0]);
        if (place[2] !== null) seen.add(place[2]);
      }
      if (finding.i !== null) seen.add(finding.i);
      if (finding.d !== null) seen.add(finding.d);
      for (const c of seen) words.push(commits[c][0], commits[c][4], data.authors[commits[c][1]]);
      finding.hay = words.join('\n').toLowerCase();
    }
    return finding.hay;
  }

  const fields = ['q', 'path', 'rule', 'author', 'state', 'sort'];
  const tiles = [...document.querySelectorAll('[data-severity]')];
  const levels = new Set();
  function options(select, names, counts) {
    const order = names.map((name, value) => [name, value]).filter(([, value]) => counts.get(value));
    order.sort((a, b) => a[0].localeCompare(b[0], 'en'));
    select.append(...order.map(([name, value]) => make('option', { value: name }, `${name} (${counts.get(value).toLocaleString('en')})`)));
  }
  const byRule = new Map(), byAuthor = new Map();
  for (const finding of all) {
    byRule.set(finding.r, (byRule.get(finding.r) || 0) + 1);
    for (const author of finding.authors) byAuthor.set(author, (byAuthor.get(author) || 0) + 1);
  }
  options(at('rule'), rules.map(rule => rule.id), byRule);
  options(at('author'), data.authors, byAuthor);
  for (const option of at('state').options) {
    if (option.value && !all.some(finding => finding.t === option.value)) option.disabled = true;
  }

  const ORDERS = {
    '': (a, b) => a.n - b.n,
    new: (a, b) => (b.from || 0) - (a.from || 0) || a.n - b.n,
    old: (a, b) => (a.from || Infinity) - (b.from || Infinity) || a.n - b.n,
    long: (a, b) => ((b.to - b.from) || 0) - ((a.to - a.from) || 0) || a.n - b.n,
    path: (a, b) => (a.p[0][0] < b.p[0][0] ? -1 : a.p[0][0] > b.p[0][0] ? 1 : a.n - b.n),
  };
  let shown = [], drawn = 0;
  const list = at('list'), more = at('more');

  function select() {
    const words = at('q').value.toLowerCase().split(/\s+/).filter(Boolean);
    const path = at('path').value.toLowerCase(), author = at('author').value, rule = at('rule').value, state = at('state').value;
    shown = all.filter(finding =>
      (!levels.size || levels.has(finding.s)) &&
      (!rule || rules[finding.r].id === rule) &&
      (!state || finding.t === state) &&
      (!author || [...finding.authors].some(a => data.authors[a] === author)) &&
      (!path || finding.p.some(place => place[0].toLowerCase().includes(path))) &&
      words.every(word => haystack(finding).includes(word)));
    shown.sort(ORDERS[at('sort').value] || ORDERS['']);
    list.replaceChildren();
    drawn = 0;
    draw();
    at('count').textContent = shown.length === all.length
      ? plural(all.length, 'finding') : `${shown.length.toLocaleString('en')} of ${plural(all.length, 'finding')}`;
    timeline();
    remember();
  }

  function draw() {
    list.append(...shown.slice(drawn, drawn + CHUNK).map(card));
    drawn = Math.min(shown.length, drawn + CHUNK);
    more.hidden = drawn >= shown.length;
    more.textContent = `Show more (${(shown.length - drawn).toLocaleString('en')} left)`;
  }

  function card(finding) {
    const rule = rules[finding.r], id = `f${finding.n}`;
    const facts = [STATES[finding.t]];
    if (finding.i !== null) facts.push(`since ${commits[finding.i][2]}`);
    if (finding.d !== null) facts.push(`removed ${commits[finding.d][2]}`);
    if (finding.from !== undefined) facts.push(plural(Math.max(1, Math.round((finding.to - finding.from) / 86400)), 'day'));
    const places = finding.p.length + finding.m;
    if (places > 1) facts.push(plural(places, 'place'));
    const button = make('button', { type: 'button', class: `finding ${finding.s}`, 'aria-expanded': 'false', 'aria-controls': id },
      make('span', { class: 'badge' }, finding.s),
      make('span', { class: 'title' }, rule.name, ' ', make('code', {}, finding.v)),
      make('span', { class: 'mono' }, finding.p[0][0]),
      make('span', { class: 'facts' }, facts.join(' · ')));
    const box = make('div', { id, class: 'more', hidden: '' });
    button.addEventListener('click', () => {
      if (!box.firstChild) details(finding, rule, box);
      box.hidden = !box.hidden;
      button.setAttribute('aria-expanded', String(!box.hidden));
    });
    return make('li', {}, button, box);
  }

  function details(finding, rule, box) {
    if (rule.about) box.append(make('p', {}, rule.about));
    box.append(make('p', { class: 'quiet' }, `${finding.c} confidence · `, make('code', {}, rule.id), ' · ', make('code', {}, finding.f)));
    for (const [part, line] of finding.w) box.append(make('p', {}, 'with ', make('code', {}, part), ` in line ${line}`));
    if (rule.url || rule.steps.length) {
      box.append(make('h3', {}, 'Rotate it'));
      if (rule.url) box.append(make('p', {}, link(rule.url)));
      box.append(make('ol', { class: 'steps' }, ...rule.steps.map(step => make('li', {}, step))));
    }
    const life = events(finding);
    if (life.length) box.append(make('h3', {}, 'Life'), make('ol', { class: 'life' }, ...life));
    if (finding.refs && finding.refs.length) {
      box.append(make('h3', {}, 'Branches and tags'), make('p', {}, ...finding.refs.flatMap(ref => [make('code', {}, ref), ' '])));
    }
    box.append(make('h3', {}, 'Places'), make('ul', {}, ...finding.p.map(([where, snippet]) =>
      make('li', {}, make('span', { class: 'mono' }, where), snippet ? make('pre', {}, snippet) : null))));
    if (finding.m) box.append(make('p', {}, `and ${plural(finding.m, 'more place')} (the JSON report has them all)`));
    if (rule.refs.length) box.append(make('h3', {}, 'References'), make('ul', {}, ...rule.refs.map(url => make('li', {}, link(url)))));
  }

  function events(finding) {
    const found = new Map();
    for (const [where, , c] of finding.p) {
      if (c !== null) found.set(c, [...(found.get(c) || []), where]);
    }
    if (finding.i !== null && !found.has(finding.i)) found.set(finding.i, []);
    const order = [...found.keys()].sort((a, b) => commits[a][3] - commits[b][3] || a - b);
    const lines = order.map(c => event(c, c === finding.i ? 'introduced' : 'also in', found.get(c), c === finding.i ? 'start' : ''));
    if (finding.d !== null) lines.push(event(finding.d, 'removed', [], 'end'));
    else if (finding.t === 'head' && lines.length) lines.push(make('li', {}, 'still in HEAD'));
    return lines;
  }

  function event(c, verb, places, kind) {
    const [oid, author, date, , subject] = commits[c];
    return make('li', { class: kind }, `${date} ${verb} by ${data.authors[author]} `, make('code', {}, oid.slice(0, 12)), ` ${subject}`,
      places.length ? make('div', { class: 'mono quiet' }, places.slice(0, 5).join(', ') + (places.length > 5 ? ', …' : '')) : null);
  }

  function timeline() {
    const dated = shown.filter(finding => finding.from !== undefined);
    at('timeline').hidden = !dated.length;
    if (!dated.length) return;
    let first = Infinity, last = -Infinity;
    for (const finding of dated) { first = Math.min(first, finding.from); last = Math.max(last, finding.to); }
    const width = Math.max(1, last - first);
    const bins = LEVELS.map(() => new Array(BINS + 1).fill(0));
    for (const finding of dated) {
      const low = Math.floor((finding.from - first) / width * (BINS - 1)), high = Math.floor((finding.to - first) / width * (BINS - 1));
      const row = bins[LEVELS.indexOf(finding.s)];
      row[low] += 1;
      row[high + 1] -= 1;
    }
    for (const row of bins) for (let n = 1; n <= BINS; n++) row[n] += row[n - 1];
    const sums = Array.from({ length: BINS }, (_, n) => bins.reduce((sum, row) => sum + row[n], 0));
    const top = Math.max(1, ...sums);
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${BINS} 100`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('role', 'img');
    const said = `${plural(dated.length, 'secret')} in files of the branch between ${day(first)} and ${day(last)}, at most ${top.toLocaleString('en')} at a time.`;
    svg.setAttribute('aria-label', said);
    const floor = new Array(BINS).fill(0);
    for (let level = LEVELS.length - 1; level >= 0; level--) {
      for (let n = 0; n < BINS; n++) {
        const height = bins[level][n] / top * 96;
        if (!height) continue;
        const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
        const box = { x: n + .08, y: 100 - floor[n] - height, width: .84, height };
        for (const [key, value] of Object.entries(box)) bar.setAttribute(key, value.toFixed(2));
        bar.setAttribute('class', LEVELS[level]);
        svg.append(bar);
        floor[n] += height;
      }
    }
    at('timeline-text').textContent = `${said} What was removed from the files is still in the history.`;
    at('chart').replaceChildren(svg, make('div', { class: 'axis' }, make('span', {}, day(first)), make('span', {}, day(last))));
    const longest = dated.slice().sort(ORDERS.long).slice(0, BARS);
    at('bars').replaceChildren(...longest.map(finding => {
      const bar = make('i', {});
      bar.style.left = `${(finding.from - first) / width * 100}%`;
      bar.style.width = `${(finding.to - finding.from) / width * 100}%`;
      const name = make('button', { type: 'button' }, `${rules[finding.r].name}, ${finding.p[0][0]}`);
      name.addEventListener('click', () => { at('q').value = finding.f; select(); open(list.querySelector('.finding')); });
      const window = `${day(finding.from)} to ${finding.d === null ? 'now' : day(finding.to)}`;
      return make('li', {}, name, make('div', { class: `track ${finding.s}`, role: 'img', 'aria-label': window, title: window }, bar));
    }));
  }

  function open(button) {
    if (!button) return;
    button.focus();
    if (button.getAttribute('aria-expanded') === 'false') button.click();
    button.scrollIntoView({ block: 'start' });
  }

  // The address keeps the filters, so that a view can be bookmarked and sent.
  function remember() {
    const words = new URLSearchParams();
    for (const field of fields) if (at(field).value) words.set(field, at(field).value);
    if (levels.size) words.set('severity', [...levels].join(','));
    const hash = words.toString();
    try { history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search); } catch { /* not every viewer has an address */ }
  }
  function recall() {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) at(field).value = words.get(field) || '';
    levels.clear();
    for (const level of (words.get('severity') || '').split(',')) if (LEVELS.includes(level)) levels.add(level);
    press();
  }
  function press() {
    for (const tile of tiles) tile.setAttribute('aria-pressed', String(levels.has(tile.dataset.severity)));
  }

  let waiting = 0;
  at('filter').addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(select, 120); });
  at('filter').addEventListener('submit', event => { event.preventDefault(); select(); });
  at('filter').addEventListener('reset', () => { levels.clear(); press(); setTimeout(select, 0); });
  for (const tile of tiles) {
    tile.addEventListener('click', () => {
      const level = tile.dataset.severity;
      if (!levels.delete(level)) levels.add(level);
      press();
      select();
    });
  }
  more.addEventListener('click', () => { const next = drawn; draw(); list.children[next]?.firstChild.focus(); });
  if ('IntersectionObserver' in window) {
    new IntersectionObserver(seen => { if (seen[0].isIntersecting && !more.hidden) draw(); }, { rootMargin: '600px' }).observe(more);
  }
  addEventListener('hashchange', () => { recall(); select(); });
  const help = at('help');
  at('keys').addEventListener('click', () => help.showModal());
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    if (event.target.matches('input, select')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === '/') { event.preventDefault(); at('q').focus(); at('q').select(); }
    else if (event.key === '?') help.showModal();
    else if (event.key === 'j' || event.key === 'k') {
      const here = document.activeElement.closest ? document.activeElement.closest('#list > li') : null;
      let next = event.key === 'j' ? (here ? here.nextElementSibling : list.firstElementChild) : here && here.previousElementSibling;
      if (!next && here && event.key === 'j' && drawn < shown.length) { draw(); next = here.nextElementSibling; }
      if (next) next.querySelector('.finding').focus();
    }
  });

  recall();
  select();
  document.documentElement.dataset.ready = 'true';
})();
