// Runs in every page before its own scripts, and takes down what a reader would notice and a test could not see later.
const seen = { shifts: [], tasks: [], refused: [] }

const observe = (type, take) => {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(take))
  observer.observe({ type, buffered: true })
  return () => observer.takeRecords().forEach(take)
}

const name = ({ node }) => `${node?.nodeName} ${node?.className ?? ""}`.trim()
const takeShifts = observe("layout-shift", ({ hadRecentInput, sources, value }) => {
  if (!hadRecentInput) seen.shifts.push({ value, moved: sources.map(name) })
})
const takeTasks = observe("longtask", ({ duration, startTime }) => {
  seen.tasks.push({ startTime, duration })
})
document.addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) => {
  seen.refused.push(`${violatedDirective} ${blockedURI}`)
})

/** What was seen up to now. */
globalThis.seenByTest = () => {
  takeShifts()
  takeTasks()
  return seen
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** Scrolls to the end, again and again as it grows, until a list says that it has so many rows. */
globalThis.fetchAllByTest = async (selector, rows) => {
  const element = document.querySelector(selector)
  const table = element.querySelector("table")
  while (Number(table.getAttribute("aria-rowcount")) < rows) {
    element.scrollTo(0, element.scrollHeight)
    await frame()
  }
}

/** Scrolls an element from its top to its end within a second. Gives how many frames there were. */
globalThis.scrollByTest = async (selector) => {
  const element = document.querySelector(selector)
  element.scrollTo(0, 0)
  await frame()
  const start = performance.now()
  let frames = 0
  for (let share = 0; share < 1; frames++) {
    await frame()
    share = Math.min(1, (performance.now() - start) / 1000)
    element.scrollTop = share * element.scrollHeight
  }
  return frames
}
