import { useLayoutEffect, useRef } from "preact/hooks"

/** Brings an element into view when it appears, and with each new `key`: what answers a click has to be seen. */
export const useInView = (key: unknown) => {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => element.current?.scrollIntoView({ block: "nearest" }), [key])
  return element
}
