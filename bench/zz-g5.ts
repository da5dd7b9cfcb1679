import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as QSP from "./zzsrc/services/trace/QueuedSpanPublisher.ts"
import { SpanPublisher } from "./zzsrc/services/trace/SpanPublisher.ts"
import { FrameSink } from "./zzsrc/services/trace/FrameSink.ts"
import { sampleEvent } from "./kit/sampleEvent.ts"
const request=[new Uint8Array(1024).fill(97)], response=[new Uint8Array(1024).fill(98)]
const ev=(i:number)=>{const {header}=sampleEvent(i);return {header:{...header,wallBase:Date.now()-header.end},request,response}}
const worker=new Worker(`const {parentPort}=require('worker_threads');parentPort.on('message',m=>{parentPort.postMessage({type:'done',id:m.id})})`,{eval:true})
const pend=new Map<number,()=>void>(); let id=0
worker.on("message",(m:any)=>{const f=pend.get(m.id);pend.delete(m.id);f?.()})
const sink=Layer.succeed(FrameSink,{publish:({bytes,events,spans})=>Effect.callback<void>(r=>{const i=id++;pend.set(i,()=>r(Effect.void));worker.postMessage({type:"publish",id:i,bytes,events,spans})}),recordLoss:()=>Effect.void})
const cpu=()=>{const u=process.threadCpuUsage();return u.user+u.system}
const offerAll=Effect.fnUntraced(function*(events:number,rate:number,from:number,real:boolean){
 const {offer}=yield* SpanPublisher
 const began=performance.now(); let n=0
 while(n<events){const due=Math.min(events,Math.floor((performance.now()-began)/1000*rate)); for(;n<due;n++){const e=ev(from+n); if(real)offer(e)} yield* Effect.sleep(5)}
})
const N=30000
const main=Effect.gen(function*(){
 yield* offerAll(5000,10000,0,true); yield* Effect.sleep(300)
 for(let k=0;k<3;k++){
 const m=cpu(); for(let i=0;i<N;i++)ev(i); const made=cpu()-m
 const m2=cpu(); yield* offerAll(N,10000,0,false); const loop=cpu()-m2
 const a=cpu(); yield* offerAll(N,10000,5000,true); yield* Effect.sleep(200)
 const t=cpu()-a
 console.log("as bench",((t-made)/N).toFixed(2),"making",(made/N).toFixed(2),"making in loop",(loop/N).toFixed(2),"net of loop",((t-loop)/N).toFixed(2))
 }
}).pipe(Effect.provide(QSP.layer().pipe(Layer.provide(sink))))
await Effect.runPromise(main); await worker.terminate()
