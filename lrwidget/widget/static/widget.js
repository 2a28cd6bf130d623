// Built from lrwidget/widget/front: make front
var I={now:()=>performance.now(),set:(n,t)=>setTimeout(n,t),clear:n=>clearTimeout(n)};var te=Symbol.for("lrwidget.plotly"),ee="/* the script */",St=3e3,rs=6e4,q=class{#t;#e;#s;#o;#i;#n;constructor(t,e,s,{load:i=os,page:r=globalThis,clock:o=I}={}){
this.#t=t,this.#e=e,this.#s=i,this.#i=s,this.#n=o,r[te]??=new Map,this.#o=r[te]}get(){let t=this.#r(this.#t());return t.script?t.script:new Promise((e,s)=>{let i,
r={told:a=>{this.#n.clear(i),this.#i.removeEventListener("abort",o),a.then(e,s)},ask:()=>{let a=this.#n.now();(!t.asked||a-t.asked.at>=t.gap)&&(t.asked&&(t.gap=
Math.min(2*t.gap,rs)),t.asked={by:r,at:a},this.#e()),this.#n.clear(i),i=this.#n.set(r.ask,St)}},o=()=>{if(this.#n.clear(i),t.waiting.delete(r),s(new Error("the \
widget has been closed")),t.asked?.by===r){t.asked=null;for(let a of[...t.waiting].slice(0,1))a.ask()}};if(this.#i.aborted)return o();this.#i.addEventListener("\
abort",o,{once:!0}),t.waiting.add(r),r.ask()})}take(t,e){let s=this.#r(t);if(s.script)return;let i=this.#s(e);s.script=i,s.asked=null,s.gap=St,i.catch(()=>{s.script=
null});let r=[...s.waiting];s.waiting.clear();for(let{told:o}of r)o(i)}#r(t){let e=this.#o.get(t);return e||(e={script:null,waiting:new Set,asked:null,gap:St},this.#o.
set(t,e)),e}};async function os(n){let t=n,e=new Blob([t]).stream().pipeThrough(new DecompressionStream("gzip")),s=await new Response(e).blob(),[i,r]=as(ee).split(
ee),o=URL.createObjectURL(new Blob([i,s,r],{type:"text/javascript"}));try{return(await import(o)).default}finally{URL.revokeObjectURL(o)}}function as(n){return`\
const page = globalThis, had = Object.getOwnPropertyDescriptor(page, "Plotly"), module = { exports: {} };
{
  const { exports } = module, define = undefined;
  if (had?.configurable) delete page.Plotly;
  try {
${n}
  } finally {
    if (!had) delete page.Plotly;
    else if (had.configurable) Object.defineProperty(page, "Plotly", had);
    else if (had.writable) page.Plotly = had.value;
  }
}
export default module.exports;
`}var se=["lr","loss","curveLr","smoothed","change"],ie=[...se,"metric","smoothedMetric"],ne=new Set(["lr","loss","metric"]),At=class{#t=new Float64Array(64);length=0;put(t,e){
let s=t+e.length;if(s>this.#t.length){let i=new Float64Array(2*s);i.set(this.#t.subarray(0,t)),this.#t=i}this.#t.set(e,t),this.length=s}get values(){return this.#t.
subarray(0,this.length)}},Y=class{version=0;sweep=-1;axes=null;#t=-1;#e=Lt();get(t){return this.#e[t].values}take(t,e){let{sweep:s,revision:i,first:r,curve_first:o}=t;
if(i<=this.#t)return"old";if(!(r===0&&o===0)&&(s!==this.sweep||i!==this.#t+1))return"gap";let l=t.metric?ie:se,h=l.map((c,d)=>U(e[d]));return r+h[0].length!==t.
count||!ls(l,h)?"gap":(s!==this.sweep&&(this.sweep=s,this.axes=null,this.#e=Lt()),l.forEach((c,d)=>{this.#e[c].put(ne.has(c)?r:o,h[d])}),JSON.stringify(t.axes)!==
JSON.stringify(this.axes)&&(this.axes=t.axes),this.#t=i,this.version+=1,"taken")}clear(){this.#e=Lt(),this.axes=null,this.version+=1}};function Lt(){return Object.
fromEntries(ie.map(n=>[n,new At]))}function ls(n,t){return n.every((e,s)=>t[s].length===t[ne.has(e)?0:2].length)}function U(n){if(!n)return new Float64Array;let{
buffer:t,byteOffset:e,byteLength:s}=ArrayBuffer.isView(n)?n:{buffer:n,byteOffset:0,byteLength:n.byteLength},i=s-s%Float64Array.BYTES_PER_ELEMENT;return new Float64Array(
t.slice(e,e+i))}var Tt=3,X=class{#t=new Map;version=-1;get(t){return this.#t.get(t)??null}take({version:t,runs:e},s){return t<=this.version||s.length<Tt*e.length?!1:(this.#t=new Map(
e.map((i,r)=>{let[o,a,l]=s.slice(Tt*r,Tt*(r+1)).map(U);return[i,{lr:o,smoothed:a,change:l}]})),this.version=t,!0)}clear(){this.#t.clear()}};function re(n,t){return t.
reduce((e,{name:s,args:i})=>{let r=o=>e.map(a=>a.id===i.run?{...a,...o}:a);return s==="show_run"?r({shown:i.shown}):s==="rename_run"?r({name:i.name}):s==="remov\
e_run"?e.filter(({id:o,active:a})=>o!==i.run||a):e},n)}function oe(n,t,e){let{context:s,notebook:i}=n.widget_manager??{};for(let{outputs:o}of Nt(s?.model?.cells))for(let a=0;a<(o?.length??0);a++)r(o.get(a))&&o.set(a,
{...o.get(a).toJSON(),data:{...e}});for(let o of Nt(i?.get_cells?.()))for(let a of Nt(o.output_area?.outputs))r(a)&&(a.data={...e},i.set_dirty(!0));function r(o){
let a=[o?.data?.["text/html"]??""].flat().join("");return a.includes(`lrwidget-of-${t}`)&&a!==e["text/html"]}}function Nt(n){return typeof n?.[Symbol.iterator]==
"function"?[...n]:[]}var Ot=2,J=class{number=-1;count=-1;#t=[];of({number:t}){return t===this.number?this.#t:[]}take({number:t,count:e},s){if(t===this.number&&e<=this.count)return!1;
let i=s.map(U);return this.#t=Array.from({length:Math.floor(i.length/Ot)},(r,o)=>({steps:i[Ot*o],losses:i[Ot*o+1]})),this.number=t,this.count=e,!0}clear(){this.#t=
[]}};function Q({steps:n,trials:t}){return t.reduce((e,{step:s,ended:i})=>e+(i===null?s:n),0)}var Rt=500,hs=15e3,ae=1e3,Ct={hello:(n,t)=>({plotly:n.plotly||t.plotly}),plan:(n,t)=>({...n,...t}),move:(n,t)=>t,bounds:(n,t)=>t,bandwidth:(n,t)=>t},cs=(n,t)=>n in
Ct&&!(n==="hello"&&t.plotly),Z=class{#t=[];#e=0;#s=0;#o=Rt;#i;#n;#r=[];#a=!1;#h=!1;constructor(t,e,s=I){this.page=crypto.randomUUID?.()??`page-${Math.random()}-${Math.
random()}`,this.send=t,this.changed=e,this.clock=s}get open(){return this.#t}get waiting(){return this.#r}say(t,e,s){this.#e+=1;let i=this.#e;return this.#a?Promise.
resolve($t(i)):new Promise(r=>{this.#t.push({n:i,name:t,args:e,seen:s,since:this.clock.now(),tell:[r]}),t in Ct||(this.#o=Rt),cs(t,e)&&this.#c()?(this.#t=le(this.#t,
this.#s),this.#l()):this.say_again()})}say_again(){if(!this.#a){this.clock.clear(this.#i),this.#t=le(this.#t,0),this.#s=this.#t.at(-1)?.n??this.#s,this.#t.length>
0&&(this.#i=this.clock.set(()=>{this.#o=Math.min(2*this.#o,hs),this.say_again()},this.#o)),this.#l();try{let t=this.#t.map(({n:e,name:s,args:i,seen:r})=>({n:e,name:s,
args:i,seen:r}));this.send({page:this.page,said:t}),this.#h=!1}catch(t){this.#h||console.warn("lrwidget: the kernel cannot be reached now",t),this.#h=!0}}}answered({
page:t,upto:e,answers:s=[]}){if(t!==this.page||!this.#t.some(({n:r})=>r<=e))return;let i=this.#t.filter(({n:r})=>r<=e);this.#t=this.#t.filter(({n:r})=>r>e),this.#c()||
(this.clock.clear(this.#i),this.#o=Rt,this.#t.length>0&&this.say_again()),this.#l();for(let{n:r,tell:o}of i){let a=s.find(l=>l.n===r)??$t(r);for(let l of o)l(a)}}close(){
let t=this.#t;this.#t=[],this.#a=!0,this.clock.clear(this.#i),this.#l();for(let{n:e,tell:s}of t)for(let i of s)i($t(e))}#c(){return this.#t.length>0&&this.#t[0].
n<=this.#s}#l(){this.clock.clear(this.#n);let t=this.clock.now(),e=this.#t.filter(({since:r})=>t-r>=ae).map(({name:r})=>r),s=Math.min(...this.#t.map(({since:r})=>r+
ae).filter(r=>r>t));s<1/0&&(this.#n=this.clock.set(()=>this.#l(),s-t));let i=[...new Set(e)];i.join()!==this.#r.join()&&(this.#r=i,this.changed())}};function le(n,t){
let e=[],s=new Map;for(let i of[...n].reverse()){let r=Ct[i.name],o=s.get(i.name);if(r&&o&&i.n>t){o.args=r(i.args,o.args),o.since=Math.min(i.since,o.since),o.tell.
unshift(...i.tell);continue}r?o||s.set(i.name,i):s.clear(),e.unshift(i)}return e}function $t(n){return{n,done:!1,why:"The kernel's answer has not come."}}var us=1e3,G=class{series=new Y;curves=new X;trialCurves=new J;#t;#e;#s=null;#o=null;#i=new Set;#n=new Set;#r=-1/0;#a=new AbortController;constructor(t,{clock:e=I,
load:s,page:i}={}){this.model=t,this.clock=e,this.#t=t.get("_state"),this.#e=t.get("_figure"),this.wire=new Z(r=>t.send(r),()=>this.#u("state"),e),this.script=new q(
()=>this.#e.plotly_version,()=>this.say("hello",{plotly:!0}),this.#a.signal,{load:s,page:i,clock:e}),t.on("change:_state",this.#l),t.on("change:_figure",this.#d),
t.on("msg:custom",this.#p),this.say("hello",{plotly:!1})}get id(){return String(this.model.get("_id")??"")}get css(){return String(this.model.get("_css")??"")}get state(){
return this.#t}get blank(){return this.#e}get lr(){if(this.#s!==null)return this.#s;let t=this.#c("move","accept");return t?t.args.lr??this.#t.choice.suggested_lr:
this.#t.choice.lr}get bounds(){return this.#c("bounds")?.args.bounds??this.#t.choice.bounds}get runs(){return re(this.#t.runs,this.wire.open)}get waiting(){return this.
wire.waiting}say(t,e){let s=t==="move"&&this.#o||this.#h(),i=this.wire.say(t,e,s);return this.#u("hand"),i}drag(t){t!==null&&(this.#o??=this.#h()),this.#s=t,this.#u(
"hand")}plotly(){return this.script.get()}subscribe(t,e){if(e.aborted)return;let s=i=>t(i);this.#i.add(s),e.addEventListener("abort",()=>this.#i.delete(s),{once:!0})}close(){
this.#a.signal.aborted||(this.#a.abort(),this.model.off("change:_state",this.#l),this.model.off("change:_figure",this.#d),this.model.off("msg:custom",this.#p),this.
wire.close(),this.series.clear(),this.curves.clear(),this.trialCurves.clear(),this.#i.clear())}#h(){return{sweep:this.#t.sweep,state:this.#t.state,lr:this.lr}}#c(...t){
return this.wire.open.findLast(({name:e,seen:s})=>t.includes(e)&&s.sweep===this.#t.sweep)}#l=()=>{let t=this.model.get("_state"),e=this.#t;if(!(t?.version>=e.version)||
t.version===e.version&&he(t)<he(e))return;t.reactive&&t.choice.accepted_lr!==e.choice.accepted_lr&&(this.model.set?.("_seen",t.version),this.model.save_changes?.());
let s=t.sweep!==e.sweep;this.#t=t,s&&(this.#s=null),this.#u("state")};#d=()=>{this.#e=this.model.get("_figure"),this.#u("blank")};#p=(t,e=[])=>{if(t?.kind==="fr\
ame"){let s=this.series.take(t,e);s==="taken"&&this.#u("points"),s==="gap"&&this.#f()}else t?.kind==="answer"?(this.wire.answered(t),this.#u("hand")):t?.kind===
"runs"?this.curves.take(t,e)&&this.#u("points"):t?.kind==="trials"?this.trialCurves.take(t,e)&&this.#u("points"):t?.kind==="call"?this.wire.say_again():t?.kind===
"saved"?oe(this.model,this.id,t.bundle):t?.kind==="plotly"&&e.length>0&&this.script.take(t.version,e[0])};#f(){let t=this.clock.now();t-this.#r<us||(this.#r=t,this.
say("hello",{plotly:!1}))}#u(t){this.#n.size===0&&queueMicrotask(this.#m),this.#n.add(t)}#m=()=>{let t=[...this.#n];this.#n.clear(),this.#s===null&&(this.#o=null);
for(let e of t)for(let s of[...this.#i])try{s(e)}catch(i){console.warn("lrwidget: a view could not follow",i)}}};function he({progress:n,trials:t}){return n.step+
(t?Q(t):0)}function tt(n){let t=n.match(/-?[\d.]+(e-?\d+)?%?/g)?.map(a=>Number.parseFloat(a));if(!t||t.length<3)return null;let e=n.startsWith("rgb")?1:n.startsWith("color\
(srgb")?255:null;if(e===null)return null;let[s,i,r,o=1]=t;return{colour:[s*e,i*e,r*e],alpha:o}}function P(n){for(let t=n;t;t=ds(t)){let e=getComputedStyle(t).backgroundColor,
s=tt(e);if(!s||s.alpha<.5)continue;let[i,r,o]=s.colour;return{theme:.299*i+.587*r+.114*o<128?"dark":"light",paper:e}}return{theme:matchMedia("(prefers-color-sch\
eme: dark)").matches?"dark":"light",paper:null}}function ds(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:n.parentElement}function z(n,t){let e=new MutationObserver(
n);for(let i of[document.documentElement,document.body])e.observe(i,{attributes:!0,attributeFilter:["class","style","data-theme","theme","data-jp-theme-name","d\
ata-jp-theme-light"]});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",n,{signal:t});let s=new MutationObserver(n);s.observe(document.head,
{childList:!0}),t.addEventListener("abort",()=>{e.disconnect(),s.disconnect()})}function u(n,t={},...e){let s=document.createElement(n);for(let[i,r]of Object.entries(t))m(s,i,r);return s.append(...e),s}function m(n,t,e){let s=e===null||e===
!1?null:e===!0?"":String(e);n.getAttribute(t)!==s&&(s===null?n.removeAttribute(t):n.setAttribute(t,s))}function b(n,t){n.textContent!==t&&(n.textContent=t)}function S(){
return`lrw-${Math.random().toString(36).slice(2,12)}`}function _(n){let t=n.getRootNode();return t instanceof Document||t instanceof ShadowRoot?t.activeElement:
null}var ps={run:"M4 2.2v11.6L13.5 8z",pause:"M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",stop:"M3 3h10v10H3z",accept:"M6.2 13.2 1.4 8.4l1.7-1.7 3.1 3.1 6.7-6.7 1.7 1.7\
z",undo:"M6.4 1.6 1.6 5.7l4.8 4.1V7h3a2.6 2.6 0 0 1 0 5.2H4.2v2h5.2a4.6 4.6 0 0 0 0-9.2h-3z",back:"M2 2h2v12H2zM9.3 3.4 4.8 8l4.5 4.6 1.5-1.5L8.8 9H14V7H8.8l2-2\
.1z",more:"M1.6 8a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0z",warning:"M8 1.2 15\
.4 14.4H.6zM7.1 6v4.2h1.8V6zm0 5.4v1.7h1.8v-1.7z",error:"M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM5.7 4.5 4.5 5.7 6.8 8l-2.3 2.3 1.2 1.2L8 9.2l2.3 2.3 1.2\
-1.2L9.2 8l2.3-2.3-1.2-1.2L8 6.8z",off:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm0 1.5a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5\
.5 0 0 0 .5-.5v-9a.5.5 0 0 0-.5-.5z",on:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm3.4 9.8 5.2-5.2-1.2-1.2-4 4-1.8-1.8-1.2 1.2\
z",try:"M5.5 1h5v1.5h-.75v3.9l3.7 6.3A1.55 1.55 0 0 1 12.1 15H3.9a1.55 1.55 0 0 1-1.35-2.3l3.7-6.3V2.5H5.5zm2.25 1.5v4.3L6.3 9.2h3.4L8.25 6.8V2.5z",extend:"M1 7\
h9.2L7.1 3.9l1.4-1.4L14 8l-5.5 5.5-1.4-1.4L10.2 9H1z",waiting:"M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.4L6.4 8 3 4.4zm2 2v.8l3 3.1 3-3.1V3zm3 6.1-3 3.1v.8h6v-.8z"};function O(n){
let t=document.createElementNS("http://www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 16 16"),t.setAttribute("class","lrw-icon"),t.setAttribute("aria\
-hidden","true");let e=document.createElementNS("http://www.w3.org/2000/svg","path");return e.setAttribute("fill-rule","evenodd"),t.append(e),W(t,n),t}function W(n,t){
let e=n.firstElementChild;m(e,"d",ps[t])}var fs=7;function ce(n){let[t,e,s]=n.map(i=>{let r=i/255;return r<=.04045?r/12.92:((r+.055)/1.055)**2.4});return .2126*t+.7152*e+.0722*s}function ms(n,t){let[e,
s]=[ce(n),ce(t)].sort((i,r)=>i-r);return(s+.05)/(e+.05)}function de(n,t){let e=()=>{let s=n.parentElement??gs(n)??document.body,{theme:i,paper:r}=P(s);m(n,"data\
-theme",i),ue(n,"--lrw-paper",r);let o=getComputedStyle(s).color,[a,l]=[tt(o),tt(r??"")],h=a&&l&&a.alpha>.9&&ms(a.colour,l.colour)>=fs;ue(n,"--lrw-ink",h?o:null)};
e(),z(e,t)}function gs(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:null}function ue({style:n},t,e){n.getPropertyValue(t)!==(e??"")&&(e===null?n.
removeProperty(t):n.setProperty(t,e))}var ws=new Set(["Enter"," ","Escape","ArrowUp","ArrowDown","ArrowLeft","ArrowRight","Home","End","PageUp","PageDown"]),bs=/^([acvxyz]|arrow\w+|backspace|delete|home|end)$/i,
pe="data-lm-suppress-shortcuts";function fe(n,t){let e=n.ctrlKey||n.metaKey;return t==="text"?e||n.altKey?bs.test(n.key):!0:e||n.altKey?!1:t==="choice"?!(n.shiftKey&&
n.key==="Enter"):!n.shiftKey&&ws.has(n.key)}function me(n){return n instanceof HTMLTextAreaElement?"text":n instanceof HTMLInputElement?n.type==="range"?"press":
"text":n instanceof HTMLSelectElement||n.closest("[role=menu], dialog")?"choice":"press"}function ge(n,t,e){let s=i=>{let r=i.composedPath()[0];return!(r instanceof
Element)||!n.contains(r)||t.contains(r)&&!r.closest("button")?null:r};window.addEventListener("keydown",i=>{let r=s(i);r&&(fe(i,me(r))?r.setAttribute(pe,"true"):
r.removeAttribute(pe))},{capture:!0,signal:e}),n.addEventListener("keydown",i=>{let r=s(i);r&&fe(i,me(r))&&i.stopPropagation()})}var we=350,x=class{constructor({name:t,text:e="",icon:s,kind:i,title:r,press:o}){this.icon=typeof s=="string"?O(s):s,this.label=u("span",{class:"lrw-label"},e),
this.el=u("button",{type:"button",class:`lrw-button ${i}`,"aria-label":t,title:r??null},this.icon,this.label),this.name=t,this.text=e,this.on=!0,this.settledForHand=
this.settledForKeys=Number.NEGATIVE_INFINITY,this.settling=!1,this.timer=void 0,this.pointed=null,this.keyed=null,this.el.addEventListener("pointerdown",()=>{this.
pointed=this.name}),this.foreign=!1,this.el.addEventListener("keydown",a=>{a.key!=="Enter"&&a.key!==" "||(a.repeat&&a.preventDefault(),this.foreign=a.shiftKey||
a.ctrlKey||a.metaKey||a.altKey,this.keyed=this.name)}),this.el.addEventListener("keyup",()=>{setTimeout(()=>{this.foreign=!1,this.keyed=null})}),this.el.addEventListener(
"click",a=>{let l=a.detail>0,h=(l?this.pointed:this.keyed)??this.name;!this.on||h!==this.name||this.foreign&&!l||performance.now()<(l?this.settledForHand:this.settledForKeys)||
o(a)})}call(t,e){this.name=t,this.text=e;let s=e!==t&&e.startsWith(t);m(this.el,"aria-label",s?null:t),s?this.label.replaceChildren(t,u("span",{"aria-hidden":"t\
rue"},e.slice(t.length))):b(this.label,e)}show({there:t,on:e,waits:s=!1,name:i,text:r,icon:o,main:a,title:l}){i!==void 0&&i!==this.name?(this.call(i,r??this.text),
this.settle()):r!==void 0&&r!==this.text&&this.call(this.name,r),l!==void 0&&m(this.el,"title",l),o!==void 0&&W(this.icon,o),a!==void 0&&this.el.classList.toggle(
"is-main",a),this.el.classList.toggle("is-away",!t),this.el.classList.toggle("is-waiting",s),this.on=e,this.showOn()}settle(){let t=performance.now()+we;this.el.
matches(":hover, :focus")&&(this.settledForKeys=t),this.el.matches(":hover")&&(this.settledForHand=t,this.settling=!0,clearTimeout(this.timer),this.timer=setTimeout(
()=>{this.settling=!1,this.showOn()},we))}showOn(){this.el.classList.toggle("is-settling",this.settling&&this.on),m(this.el,"aria-disabled",this.on&&!this.settling?
null:"true")}};var R=4,ys=160,D=class{constructor(t,e,s,{name:i,title:r}){this.items=t,this.room=e;let o=S();this.button=new x({name:i,icon:"more",kind:"lrw-more",title:r,press:()=>this.
opened?this.close(!0):this.open(0)}),m(this.button.el,"aria-haspopup","menu"),m(this.button.el,"aria-expanded","false"),m(this.button.el,"aria-controls",o),this.
list=u("div",{id:o,class:"lrw-menu",role:"menu","aria-label":i,popover:"manual",hidden:!0}),this.said=u("span",{class:"lrw-said",hidden:!0}),this.el=u("span",{class:"\
lrw-side lrw-end"},this.button.el,this.list,this.said),this.quiet=void 0,this.opened=null,this.button.el.addEventListener("keydown",a=>{if(!(a.ctrlKey||a.metaKey||
a.altKey)){if(a.key==="ArrowDown")this.open(0);else if(a.key==="ArrowUp")this.open(-1);else return;a.preventDefault()}}),this.list.addEventListener("keydown",a=>this.
key(a)),s.addEventListener("abort",()=>{this.close(!1),clearTimeout(this.quiet)})}call(t){for(let e of[this.button.el,this.list])m(e,"aria-label",t)}open(t){if(this.
opened)return this.focus(t);this.list.replaceChildren(...this.items().map(i=>this.made(i))),this.list.hidden=!1,this.list.showPopover?.(),this.place(),m(this.button.
el,"aria-expanded","true"),this.opened=new AbortController;let{signal:e}=this.opened,s=i=>{i.composedPath().includes(this.el)||this.close(!1)};window.addEventListener(
"pointerdown",s,{capture:!0,signal:e}),window.addEventListener("blur",()=>this.close(!1),{signal:e}),window.addEventListener("resize",()=>this.close(!0),{signal:e}),
window.addEventListener("scroll",i=>{i.composedPath().includes(this.list)||this.close(!0)},{capture:!0,passive:!0,signal:e}),this.list.addEventListener("focusou\
t",i=>{let r=i.relatedTarget;r instanceof Node&&!this.el.contains(r)&&this.close(!1)},{signal:e}),this.focus(t)}close(t){if(!this.opened)return;this.opened.abort(),
this.opened=null;let e=this.list.contains(_(this.list));(t||e)&&this.button.el.focus({preventScroll:!0}),this.list.hidePopover?.(),this.list.hidden=!0,m(this.button.
el,"aria-expanded","false")}made(t){if(t==="line")return u("div",{class:"lrw-menu-line",role:"separator"});let{name:e,on:s=!0,checked:i,does:r}=t,o=u("div",{class:"\
lrw-item",role:i===void 0?"menuitem":"menuitemcheckbox","aria-checked":i===void 0?null:String(i),"aria-disabled":s?null:"true",tabindex:-1},e);return o.addEventListener(
"click",()=>{s&&(this.close(!0),r())}),o.addEventListener("pointermove",()=>o.focus({preventScroll:!0})),o}key(t){if(t.ctrlKey||t.metaKey||t.altKey)return;let e=this.
entries(),s=e.indexOf(_(this.list));if(t.key==="Escape")this.close(!0);else{if(t.key==="Tab")return this.close(!0);if(t.key==="ArrowDown")this.focus((s+1)%e.length);else if(t.
key==="ArrowUp")this.focus((s-1+e.length)%e.length);else if(t.key==="Home")this.focus(0);else if(t.key==="End")this.focus(-1);else if(t.key==="Enter"||t.key==="\
 ")t.repeat||e[s]?.click();else if(t.key.length===1){let i=t.key.toLowerCase();[...e.slice(s+1),...e.slice(0,s+1)].find(o=>o.textContent?.toLowerCase().startsWith(
i))?.focus()}else return}t.preventDefault()}entries(){return[...this.list.querySelectorAll(".lrw-item")]}focus(t){this.entries().at(t)?.focus({preventScroll:!0})}place(){
if(!this.list.showPopover)return;let t=this.button.el.getBoundingClientRect(),e=this.room(),{width:s,height:i}=this.list.getBoundingClientRect(),r=window.innerHeight-
t.bottom-2*R,o=t.top-2*R,a=r<Math.min(i,ys)&&o>r,l=Math.min(t.right,window.innerWidth-R),h=Math.max(l-s,Math.min(e.left,l-s),R),{style:c}=this.list;c.left=`${h}\
px`,c.maxHeight=`${a?o:r}px`,c.top=a?`${Math.max(t.top-R-Math.min(i,o),R)}px`:`${t.bottom+R}px`}say(t){this.said.textContent=t,this.said.hidden=!1,m(this.button.
el,"aria-description",t),clearTimeout(this.quiet),this.quiet=setTimeout(()=>{this.said.hidden=!0,m(this.button.el,"aria-description",null)},3e3)}};function E(n,t=3){if(Number.isNaN(n))return"nan";if(!Number.isFinite(n))return n<0?"-inf":"inf";if(n===0)return Object.is(n,-0)?"-0":"0";let e=be(n,t),s=Number(
e),i=Math.abs(s);return i>=.001&&i<1e4?String(s):e.replace(/\.?0*e\+?/,"e")}function y(n){return E(n,6)}function F(n,t=3){return Number(be(n,t))}function be(n,t){
let e=n.toExponential(100).replace(/0*(e.*)$/,"$1");return e.replace(/e.*|\D/g,"").length===t+1&&/[02468]\.?5e/.test(e)?e.replace(/5e/,"e"):n.toExponential(t-1)}
function A(n){let[t,e="0"]=String(n).split("e"),s=(t.split(".")[1]?.length??0)-Number(e);return n.toFixed(Math.min(Math.max(s,0),100))}function j(n,t,...e){let s=S(),i=u("button",{type:"button",class:"lrw-button lrw-close"},"Close"),r=u("dialog",{class:"lrw-dialog","aria-labelledby":s},u("div",
{class:"lrw-dialog-head"},u("h2",{id:s},t),i),u("div",{class:"lrw-dialog-body",tabindex:0,role:"region","aria-labelledby":s},...e));return i.addEventListener("c\
lick",()=>r.close()),r.addEventListener("pointerdown",o=>{if(o.target!==r)return;let{left:a,right:l,top:h,bottom:c}=r.getBoundingClientRect(),{clientX:d,clientY:p}=o;
(d<a||d>l||p<h||p>c)&&r.close()}),r.addEventListener("close",()=>r.remove()),n.append(r),r.showModal(),r}function ye(n){let[,t="text/plain",e,s]=/^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(n)??[];if(s===void 0)throw new TypeError("not a data URL");return e?new Blob(
[Uint8Array.from(atob(s),i=>i.charCodeAt(0))],{type:t}):new Blob([decodeURIComponent(s)],{type:t})}function xe(n,t,e){let s=URL.createObjectURL(t),i=u("a",{href:s,
download:e,hidden:!0});n.append(i),i.click(),i.remove(),setTimeout(()=>URL.revokeObjectURL(s),6e4)}async function ve(n){try{return await navigator.clipboard.writeText(
n),!0}catch{return!1}}var xs=[["On the marker, and on the edges of the bounds",[["← →","a step down, up: 5 %"],["Page Down, Page Up","a leap down, up: a quarter of a decade; so w\
ith Shift"],["Home, End","to the ends of the axis"],["Escape","while dragging: back to where it was"]]],["In the field Learning rate",[["↑ ↓","5 % up, down"],
["Enter","use what is written: 0.001, 1e-3 and 0,001 are all understood"],["Escape","back to where the marker stands"]]],["On a button",[["Tab","to the next one"],
["Enter, Space","press it"]]],["On a run, once there are two",[["Its name","judge it: its pick becomes the suggestion"],["Its dot","show or hide its curve"],["⋯",
"rename it, remove it"]]],["In the figure",[["Click on a point","the marker goes to its rate"],["Drag","zoom in; Run here then sweeps densely what is shown"],["\
Double click","the whole figure again"]]]];function ke(n){let t=xs.flatMap(([e,s])=>[u("h3",{},e),u("dl",{class:"lrw-keys"},...s.flatMap(([i,r])=>[u("dt",{},u("\
kbd",{},i)),u("dd",{},r)]))]);j(n,"Keyboard and mouse",...t)}function Ee(n,t,e,s,i){let r=[],o=0;for(let p=0;p<n.length;p++)!(n[p]>=-e/2&&n[p]<=1.5*e)||!Number.isFinite(t[p])||(r.push(p),n[p]>=0&&n[p]<=e&&(o+=1));if(r.length<=
i)return r;let a=new Uint8Array(n.length);if(o<=i)for(let p of r)a[p]=n[p]>=0&&n[p]<=e?1:0;let l=Math.max(5,2*e/(.75*i/4));for(let p of vs(r,n,t,l,s))a[p]=1;let h=r.
filter(p=>t[p]>=0&&t[p]<=s),c=i-r.reduce((p,f)=>p+a[f],0),d=[];for(let p=2.5;p<s&&(d=ks(h,n,t,Math.min(p,l),p,e,s),!(d.length<=c));p*=1.25);if(d.length<=Math.max(
c,0))for(let p of d)a[p]=1;return r.filter(p=>a[p])}function vs(n,t,e,s,i){let r=new Map,o=(a,l,h)=>{let c=r.get(a);(c===void 0||h*e[l]>h*e[c])&&r.set(a,l)};for(let a of n){
let l=4*Math.floor(t[a]/s);o(l,a,1),o(l+1,a,-1),!(e[a]<0||e[a]>i)&&(o(l+2,a,1),o(l+3,a,-1))}return r.values()}function ks(n,t,e,s,i,r,o){let a=Math.ceil(o/i)+1,
l=new Uint8Array(a*(Math.ceil(2*r/s)+1));return n.filter(h=>{let c=a*Math.floor((t[h]+r/2)/s)+Math.floor(e[h]/i),d=l[c]===0;return l[c]=1,d})}var B=[{light:"#b45f06",dark:"#e8a15a"},{light:"#7e3f98",dark:"#c79be0"},{light:"#5e6670",dark:"#a9b2bd"},{light:"#c2446a",dark:"#f08ca8"}],Es={light:"#0072b2",
dark:"#56a8dd"},It=[B[1],Es,B[0],B[3],B[2]],et=["solid","7px,3px","2px,2px"];function it(n){return{colours:B[n%B.length],dash:et[n%et.length]}}var st=class{#t=-1;#e=new Map;of({
number:t,trials:e}){return t!==this.#t&&this.#e.clear(),this.#t=t,e.map(({lr:s})=>{let i=this.#e.size,r=Math.floor(i/It.length),o={colours:It[i%It.length],dash:et[r%
et.length]},a=this.#e.get(s)??o;return this.#e.set(s,a),a})}};var Ms=20,_s=30,Ss=64,Ls=1.5,As=3,Ts=11,Ns=9,Os=300,Pt="lrwidget-run-",Rs=560;function zt(n){let t=Is(n);return{data:[...Ft(n,t),...Cs(n)],layout:t}}function nt({
uid:n}){return String(n).startsWith(Pt)}function $s(n,t){let e=Math.round(255*t);return n+e.toString(16).padStart(2,"0")}function Dt(n){return[`${Pt}${n}-loss`,
`${Pt}${n}-change`]}function Cs({series:n,themeName:t,others:e,dim:s}){let i=n.axes?.threshold??1;return e.flatMap(({run:r,curve:o})=>{let{colours:a,dash:l}=it(
r),h=Math.ceil(o.lr.length/Os),c=v=>h>1?v.filter((L,k)=>k%h===0||k===v.length-1):v,d=Array.from(c(o.lr)),p=c(o.change).map(v=>Math.asinh(v/i)),[f,g]=Dt(r),w={type:"\
scatter",mode:"lines",hoverinfo:"skip",line:{color:$s(a[t],s),width:1.5,dash:l,simplify:!1}};return[{...w,name:`run ${r}`,uid:f,x:d,y:T(c(o.smoothed))},{...w,name:`\
change of run ${r}`,uid:g,x:d,y:T(p),yaxis:"y2"}]})}function Is({blank:n,series:t,overlay:e,theme:s,zoom:i,banded:r,dragmode:o,width:a}){let l=Kt(n.layout,s.layout),
{axes:h}=t;l.yaxis.showticklabels=h!==null,h&&(l.yaxis.range=h.loss.slice(),Object.assign(l.yaxis2,{range:h.change.slice(),tickvals:h.tickvals,ticktext:h.ticktext})),
l.yaxis3&&(h?.metric&&(l.yaxis3.range=h.metric.slice()),l.yaxis3.tickfont.color=s.metric),l.annotations=l.annotations.filter(({name:c})=>c!=="rate title"||r||a>=
Rs);for(let c of l.annotations)c.name==="metric heading"&&(c.font.color=s.metric);for(let[c,d]of Object.entries(i))l[c]&&(l[c].range=d.slice());for(let c of Ht(
l))l[c].autorange=!1;return Object.assign(l,{width:a,dragmode:o}),Object.assign(l.xaxis,Ps(l.xaxis,a-l.margin.l-l.margin.r)),l.shapes=r&&e.band?[{...s.band,x0:e.
band[0],x1:e.band[1]}]:[],l}function Ps({type:n,range:t},e){let s=Math.abs(t[1]-t[0]),i={tickvals:null,ticktext:null,dtick:null,nticks:0,tickfont:{size:Ts}};if(n===
"log"&&s>Ls){let o=Math.max(1,Math.ceil(_s*s/e));return{...i,tickmode:"linear",dtick:o,tickfont:{size:Ns}}}let r=n==="log"?zs(t):[];return r.filter(o=>Le(Math.log10(
o),t)).length>=As?{...i,tickmode:"array",tickvals:r,ticktext:r.map(o=>E(o,1))}:{...i,tickmode:"auto",nticks:Math.max(2,Math.min(8,Math.floor(e/Ss)))}}function zs(n){
let[t,e]=[Math.floor(Math.min(...n))-1,Math.ceil(Math.max(...n))+1];return Array.from({length:e-t},(i,r)=>t+r).flatMap(i=>[1,2,5].map(r=>+`${r}e${i}`))}function Ft({
blank:n,series:t,overlay:e,theme:s,most:i},r){let o=t.axes?.threshold??1,a=v=>Math.asinh(v/o),l=e.lr===null?[]:[e.lr],h=Array.from(t.get("curveLr")),c=Array.from(
t.get("change")),d=[Me(t.get("lr"),t.get("loss"),r,"yaxis",i),{x:h,y:T(t.get("smoothed"))},{x:h,y:T(c.map(a)),customdata:c},{x:l,y:l.map(()=>e.loss)},{x:l,y:l.map(
()=>a(e.change))},r.yaxis3&&Me(t.get("lr"),t.get("metric"),r,"yaxis3",i),{x:h,y:T(t.get("smoothedMetric"))}],{loss:p,metric:f,suggestion:g}=s,w=[p,p,s.change,g,
g,f,f];return n.data.map((v,L)=>{let k={...structuredClone(v),...d[L],uid:`lrwidget-${L}`};return k.marker&&(k.marker.color=w[L]),k.marker?.line&&(k.marker.line.
color=s.paper),k.line&&(k.line.color=w[L]),k})}function jt(n,t){let e=n.get("curveLr");if(e.length===0||!(t>=e[0]&&t<=e[e.length-1]))return null;let[s,i]=Bt(e,t),
r=i>s?(t-e[s])/(e[i]-e[s]):0,o=h=>h[s]+r*(h[i]-h[s]),a=o(n.get("smoothed")),l=Math.asinh(o(n.get("change"))/(n.axes?.threshold??1));return Number.isFinite(a)&&Number.
isFinite(l)?{loss:a,change:l}:null}function Bt(n,t){let[e,s]=[0,n.length-1];for(;s-e>1;){let i=e+s>>1;n[i]<=t?e=i:s=i}return[e,s]}function _e(n,t,e,s){let[i,r]=[
null,Ms];for(let[o,a]of n.entries()){let l=Math.abs(e.d2p(a)-s);l>r||!Number.isFinite(t[o])||([i,r]=[a,l])}return i}function Se({data:n,layout:t},{series:e,theme:s},i,r){
let o=[...t.shapes],a=[...t.annotations],l=[];r&&o.push({...s.bounds,x0:r[0],x1:r[1]});let h=t.xaxis.type==="log"?Math.log10(i??1):i;if(i!==null&&Le(h,t.xaxis.range)){
let{line:c,ring:d,pill:p,heading:f}=s.static_marker,g=t.height-t.margin.t-t.margin.b;o.push({...c,x0:i,x1:i,y1:1+f/g}),a.push({...p,x:h,yshift:f,text:`<b>${y(i)}\
</b>`});let w=jt(e,i);w&&(l.push({...d,x:[i],y:[w.loss],yaxis:"y"}),l.push({...d,x:[i],y:[w.change],yaxis:"y2"}))}return{data:[...n,...l],layout:{...t,shapes:o,
annotations:a}}}function Le(n,t){return n!==null&&n>=Math.min(...t)&&n<=Math.max(...t)}function Me(n,t,e,s,i){if(t.length<=i)return{x:Array.from(n.subarray(0,t.
length)),y:T(t)};let{width:r,height:o,margin:a,xaxis:l}=e,[h,c]=[r-a.l-a.r,o-a.t-a.b],[d,p]=e[s].domain,f=l.type==="log"?Math.log10:M=>M,g=([M,ss],is)=>ns=>(ns-
M)/(ss-M)*is,w=c*(p-d),[v,L]=[g(l.range,h),g(e[s].range,w)],k=Ee(n.map(M=>v(f(M))),t.map(M=>w-L(M)),h,w,i);return{x:k.map(M=>n[M]),y:k.map(M=>t[M])}}function T(n){
return Array.from(n,t=>Number.isFinite(t)?t:null)}function Ht(n){return["xaxis","yaxis","yaxis2","yaxis3"].filter(t=>t in n)}function Kt(n,t){let e=structuredClone(
n);for(let[s,i]of Object.entries(t)){let r=s.split("."),o=r.pop(),a=e;for(let l of r)a[l]??={},a=a[l];a[o]=i}return e}function rt(n){if(n<9.95)return`${n.toFixed(1)} s`;let t=Math.round(n);if(t<60)return`${t} s`;let e=s=>String(s).padStart(2,"0");return t<3600?`${Math.floor(t/60)}\
 min ${e(t%60)} s`:`${Math.floor(t/3600)} h ${e(Math.floor(t%3600/60))} min`}function Ut(n){return n>0?n<.995?`${rt(1/n)} a step`:`${n<9.95?n.toFixed(1):Math.round(
n)} steps/s`:""}function $(n){return n<0?`−${E(-n)}`:E(n)}var Ds=100;function Fs(n,t){return n<=t?Array.from({length:n},(e,s)=>s):Array.from({length:t},(e,s)=>Math.round(s*(n-1)/(t-1)))}function js(n,t,e=Ds){let[s,i,r]=[
n.get("lr"),n.get("loss"),n.get("curveLr")],o=n.get("metric"),a=t!==null&&o.length>0,l=[n.get("smoothed"),n.get("change"),...a?[n.get("smoothedMetric")]:[]],h=[
"Step","Learning rate","Loss","Smoothed loss","Change in loss per decade"];a&&h.push(t,`Smoothed ${t}`);let c=Math.min(s.length,i.length),d=Fs(c,e).map(p=>{let f=l.
map(w=>Gt(Bs(r,w,s[p]))),g=a?[Gt(o[p]),f[2]]:[];return{step:p+1,lr:E(s[p]),cells:[Gt(i[p]),f[0],f[1],...g]}});return{headings:h,rows:d,count:c}}function Bs(n,t,e){
let s=n.length-1,i=1e-9*e;if(s<0||e<n[0]-i||e>n[s]+i)return Number.NaN;let[r,o]=Bt(n,e);if(o===r||e<=n[r])return t[r];if(e>=n[o])return t[o];let a=Math.log(e/n[r])/
Math.log(n[o]/n[r]);return t[r]+a*(t[o]-t[r])}function Gt(n){return Number.isFinite(n)?$(n):"–"}function Ae(n,t,e,s){let{headings:i,rows:r,count:o}=js(t,e.offers.
metric_name),{choice:a}=e,l=a.suggested_lr===null?"There is no suggestion.":`Suggested: ${y(a.suggested_lr)}.`,h=r.length<o?`${r.length} of ${o} points, evenly \
chosen. `:`${o} points. `,c=u("button",{type:"button",class:"lrw-button"},"Save all as CSV");c.addEventListener("click",s);let d=u("table",{class:"lrw-table"},u(
"caption",{},`${h}${l}`),u("thead",{},u("tr",{},...i.map(p=>u("th",{scope:"col"},p)))),u("tbody",{},...r.map(({step:p,lr:f,cells:g})=>u("tr",{},u("td",{},String(
p)),u("th",{scope:"row"},f),...g.map(w=>u("td",{},w))))));j(n,"Points of the sweep",d,u("p",{},c))}var Hs={json:"application/json",csv:"text/csv"},ot=class{constructor({client:t,say:e,figure:s,root:i,now:r,tell:o}){this.client=t,this.say=e,this.figure=s,this.
root=i,this.now=r,this.tell=o}items(){let{rate:t,points:e,clear:s}=this.now().menu,{shows_bounds:i}=this.client.state.choice,{closed:r}=this.client.state;return[
{name:"Bounds",on:!r,checked:i,does:()=>{this.say("show_bounds",{shown:!i})}},"line",{name:"Copy rate",on:t,does:()=>{this.copyRate()}},{name:"Copy code",on:t,does:()=>{
this.copyCode()}},"line",{name:"Export PNG",on:e,does:()=>{this.saveImage("png")}},{name:"Export SVG",on:e,does:()=>{this.saveImage("svg")}},{name:"Export CSV",
on:e,does:()=>{this.saveNumbers("csv")}},{name:"Export JSON",on:e,does:()=>{this.saveNumbers("json")}},"line",{name:"Table of points",on:e,does:()=>this.showTable()},
{name:"Keyboard help",does:()=>ke(this.root)},"line",{name:"Clear",on:s,does:()=>{this.say("clear",{})}}]}copyRate(){let{lr:t}=this.client;return t===null?void 0:
this.copyText(y(t),"The learning rate")}async copyCode(){let{done:t,value:e}=await this.say("export",{format:"code"});t&&typeof e=="string"&&await this.copyText(
e,"Code that sets this rate")}async copyText(t,e){if(await ve(t)){let i=t.trim();return this.tell(i.length>24||i.includes(`
`)?"Copied":`Copied ${i}`)}let s=u("textarea",{class:"lrw-copy",readonly:!0,rows:Math.min(t.split(`
`).length,12),"aria-label":e});s.value=t,j(this.root,e,u("p",{},"This page may not copy. Press Ctrl+C (⌘C) to copy what is selected."),s),s.focus(),s.select()}async saveImage(t){
try{this.saved(ye(await this.figure.image(t)),t)}catch(e){this.tell(`No ${t.toUpperCase()}: ${e instanceof Error?e.message:e}`)}}async saveNumbers(t){let{done:e,
value:s}=await this.say("export",{format:t});e&&typeof s=="string"&&this.saved(new Blob([s],{type:Hs[t]}),t)}saved(t,e){let s=`lr-range-test-${this.client.state.
sweep}.${e}`;xe(this.root,t,s),this.tell(`Saved ${s}`)}showTable(){Ae(this.root,this.client.series,this.client.state,()=>{this.saveNumbers("csv")})}};var Wt="http://www.w3.org/2000/svg";function at(){let n=document.createElementNS(Wt,"svg"),t=document.createElementNS(Wt,"path"),e=document.createElementNS(Wt,"\
circle");n.setAttribute("viewBox","0 0 30 12"),n.setAttribute("class","lrw-swatch"),n.setAttribute("aria-hidden","true"),t.setAttribute("d","M0 6h30");for(let[s,
i]of Object.entries({cx:"15",cy:"6",r:"3.5"}))e.setAttribute(s,i);return n.append(t,e),n}function lt(n,{colours:t,dash:e}){for(let[s,i]of Object.entries(t))n.style.
getPropertyValue(`--lrw-${s}`)!==i&&n.style.setProperty(`--lrw-${s}`,i);m(n.firstElementChild,"stroke-dasharray",e==="solid"?null:e.replaceAll("px",""))}var Te=4,Ks=112,Us=2,ht=class{constructor(t,e,s){this.does=t,this.room=e,this.signal=s,this.el=u("ul",{class:"lrw-runs","aria-label":"Runs",hidden:!0}),this.chips=
new Map,this.judged=null}show(t,e,s){let i=_(this.el),r=[...this.chips.values()].findIndex(l=>l.el.contains(i)),o=t.length<Us?[]:t;for(let[l,h]of this.chips)o.some(
c=>c.id===l)||(h.end(),this.chips.delete(l));this.el.hidden=o.length===0,o.forEach((l,h)=>{let c=this.chips.get(l.id);c||(c=new Vt(l.id,this.does,this.room,this.
signal),this.chips.set(l.id,c)),this.el.children[h]!==c.el&&this.el.insertBefore(c.el,this.el.children[h]??null),c.show(l,e,l.active?s:it(l.id))});let a=t.find(
({active:l})=>l)?.id??null;a!==this.judged&&this.bringUp(a),r>=0&&!this.el.contains(_(this.el))&&this.refocus(r)}bringUp(t){let e=t===null?null:this.chips.get(t)?.
el;if(!e||!this.el.offsetHeight)return;this.judged=t;let[s,i]=[this.el.getBoundingClientRect(),e.getBoundingClientRect()];i.top<s.top?this.el.scrollTop+=i.top-s.
top-Te:i.bottom>s.bottom&&(this.el.scrollTop+=i.bottom-s.bottom+Te)}refocus(t){let e=[...this.chips.values()];e.length===0?this.does.left():e[Math.min(t,e.length-
1)].choice.el.focus({preventScroll:!0})}},Vt=class{constructor(t,e,s,i){this.does=e,this.id=t,this.run=null,this.ended=new AbortController,i.addEventListener("a\
bort",()=>this.ended.abort(),{signal:this.ended.signal}),this.swatch=at(),this.dot=new x({name:"",icon:this.swatch,kind:"lrw-dot",press:()=>e.show(t,!this.run?.
shown)}),this.name=u("span",{class:"lrw-run-name"}),this.rate=u("b",{class:"lrw-run-rate"}),this.choice=new x({name:"",icon:"accept",kind:"lrw-choose",press:()=>this.
run?.active||e.activate(t)}),this.choice.icon.remove(),this.choice.label.append(this.name," ",this.rate),m(this.choice.el,"aria-label",null),this.input=u("input",
{class:"lrw-input lrw-rename",type:"text","aria-label":"Name of the run",autocomplete:"off",spellcheck:"false",enterkeyhint:"done",hidden:!0,"data-lm-suppress-s\
hortcuts":"true"}),this.renaming=!1,this.may={choose:!0,change:!0},this.menu=new D(()=>[{name:"Rename",on:this.may.change,does:()=>this.rename()},{name:"Remove",
on:this.may.choose,does:()=>e.remove(t)}],s,this.ended.signal,{name:"",title:"Rename, remove"}),this.el=u("li",{class:"lrw-chip"},this.dot.el,this.choice.el,this.
input,this.menu.el);for(let r of["pointerenter","focusin"])this.el.addEventListener(r,()=>e.pointed(t));for(let r of["pointerleave","focusout"])this.el.addEventListener(
r,()=>e.pointed(null));this.input.addEventListener("keydown",r=>{if(!r.isComposing){if(r.key==="Enter")this.renamed(!0,!0);else if(r.key==="Escape")this.renamed(
!1,!0);else return;r.preventDefault()}}),this.input.addEventListener("blur",()=>this.renamed(!0,!1))}show(t,e,s){this.run=t,this.may=e;let{name:i,lr:r,active:o,
shown:a}=t;this.el.classList.toggle("is-active",o),lt(this.swatch,s),this.dot.show({there:!0,on:e.change&&!o}),m(this.dot.el,"aria-label",`Curve of ${i}`),m(this.
dot.el,"aria-pressed",String(o||a)),m(this.dot.el,"title",o?null:a?"Hide this curve":"Show this curve"),b(this.name,i),b(this.rate,r===null?"–":y(r)),this.choice.
show({there:!0,on:e.choose||o}),m(this.choice.el,"aria-current",o?"true":null),m(this.choice.el,"title",o?`${i}: the run that is judged`:`${i}: judge this run`),
this.menu.call(`More about ${i}`)}rename(){this.renaming=!0,this.input.value=this.run?.name??"",this.input.style.width=`${Math.max(this.choice.el.offsetWidth,Ks)}\
px`,this.input.hidden=!1,this.choice.el.hidden=!0,this.input.focus({preventScroll:!0}),this.input.select()}renamed(t,e){if(!this.renaming)return;this.renaming=!1;
let s=this.input.value.trim();this.choice.el.hidden=!1,e&&this.choice.el.focus({preventScroll:!0}),this.input.hidden=!0,t&&s!==""&&s!==this.run?.name&&this.does.
rename(this.id,s)}end(){this.ended.abort(),this.el.remove()}};var N=class{constructor({label:t,name:e,title:s,read:i,write:r,allowed:o,keys:a,commit:l}){this.read=i,this.write=r,this.allowed=o;let[h,c]=[S(),S()];this.input=
u("input",{id:h,class:"lrw-input",type:"text",inputmode:a,autocomplete:"off",autocapitalize:"off",spellcheck:"false",enterkeyhint:"done",placeholder:"–",title:s,
"aria-label":e,"aria-describedby":c,"data-lm-suppress-shortcuts":"true"}),this.complaint=u("span",{id:c,class:"lrw-complaint",hidden:!0}),this.el=u("span",{class:"\
lrw-field"},u("label",{class:"lrw-field-label",for:h,title:s},t),this.input,this.complaint),this.value=null,this.pending=null,this.text="",this.wrong=null,this.
on=!0,this.input.addEventListener("keydown",d=>{if(!d.isComposing){if(d.key==="Enter")l();else if(d.key==="Escape")this.revert();else return;d.preventDefault()}}),
this.input.addEventListener("input",()=>this.complain(null)),this.input.addEventListener("blur",()=>{this.changed&&this.input.value!==this.wrong&&l()})}get changed(){
return this.input.value!==this.text}get typed(){return this.changed?this.read(this.input.value):null}show(t,e){let s=t!==this.value;this.value=t,this.on=e,this.
input.readOnly=!e;let i=this.changed&&(_(this.input)===this.input||!s);e&&i||this.pending!==null&&e||this.revert()}revert(){this.complain(null),this.put(this.value)}put(t){
this.text=t===null?"":this.write(t),this.input.value!==this.text&&(this.input.value=this.text)}take(){if(!this.changed)return this.pending??this.value;if(this.input.
value.trim()==="")return this.revert(),this.value;let t=this.read(this.input.value);return this.complain(t===null?this.allowed:null),t}async send(t,e){let s={};
this.sent=s,this.pending=t,this.put(t);let{done:i,why:r}=await e;this.sent===s&&(this.pending=null,!this.changed&&(i?this.put(this.value):this.refuse(t,r)))}refuse(t,e){
this.put(this.value),this.input.value=this.write(t),this.complain(e??this.allowed)}complain(t){this.wrong=t===null?null:this.input.value,b(this.complaint,t??""),
this.complaint.hidden=t===null,m(this.input,"aria-invalid",t===null?null:"true")}};var Gs=Math.log10(1.05),Ws=.25,Vs=40,qs=8,Ys=100,Xs=10,Js=3,Ne={ArrowLeft:{by:-1},ArrowDown:{by:-1},ArrowRight:{by:1},ArrowUp:{by:1},PageDown:{by:-1,leap:!0},PageUp:{
by:1,leap:!0},Home:{end:0},End:{end:1}};function ut(n,t,e,s,i){let r=Object.hasOwn(Ne,n)?Ne[n]:null;if(!r)return null;if(r.end!==void 0)return ct(i[r.end],i);let o=(r.
by??0)*Oe(s,!!r.leap||t);return K(s.type==="log"?e*10**o:e+o,s,i)}function K(n,t,e){if(!(n>e[0]))return ct(e[0],e);if(!(n<e[1]))return ct(e[1],e);let s=Oe(t,!1),
i=(t.type==="log"?n*(10**s-1):s)/4,r=Js;for(;r<6&&Re(n,r)>2*i;)r+=1;return ct(F(n,r),e)}function Oe({type:n,range:t},e){let s=Math.abs(t[1]-t[0]);return n!=="lo\
g"?s/(e?Xs:Ys):e?Math.min(Ws,s/qs):Math.min(Gs,s/Vs)}function Re(n,t){return 10**(Math.floor(Math.log10(n))-t+1)}function ct(n,[t,e]){if(n>t&&n<e)return n;let s=n<=
t?t:e,i=F(s,6);if(i>=t&&i<=e)return i;let r=Re(s,6);return F(i<t?s+r:s-r,6)}var $e=/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;function dt(n){let t=n.trim().replace(/[\u2212\u2013]/g,"-").replace(",",".");if(!$e.test(t))return null;let e=F(Number(
t),6);return e>0&&Number.isFinite(e)?e:null}function Ce(n){let t=n.trim();if(!$e.test(t))return null;let e=Number(t);return Number.isSafeInteger(e)&&e>=2?e:null}
function Ie(n,t,{limits:e,layout:s}){let i=s.xaxis.type==="log"?"log":"linear",[r,o]=e,a=i==="log"?[Math.log10(r),Math.log10(o)]:e;return ut(n,!1,t,{type:i,range:a},
e)??t}var Qs=.05,Zs=1,ti="A rate is a number above 0, for example 1e-7.",pt=class{constructor(t){this.say=t;let e=()=>{this.commit()},s={read:dt,write:y,allowed:ti,keys:"\
decimal",commit:e};this.fields={start_lr:new N({...s,label:"Start",name:"Start",title:"First rate of the sweep"}),end_lr:new N({...s,label:"End",name:"End",title:"\
Last rate of the sweep"}),num_iter:new N({label:"Steps",name:"Steps",title:"Number of rates, one for each training step",read:Ce,write:String,allowed:"Steps are\
 a whole number, 2 or more.",keys:"numeric",commit:e})},this.rule=new mt("Rule","How a rate is picked from the curve; no new sweep is needed",a=>t("rule",{rule:a})),
this.on=new mt("On","What the rule judges",a=>t("on",{on:a==="metric"?"metric":"loss"})),this.smoothing=new qt(a=>t("bandwidth",{bandwidth:a})),this.bounds=new x(
{name:"Bounds",text:"Bounds",icon:"off",kind:"lrw-toggle",title:"Show the range for a cyclical schedule, base to maximum rate, with edges to drag",press:()=>{t(
"show_bounds",{shown:this.bounds.el.getAttribute("aria-pressed")!=="true"})}}),this.summary=u("span"),this.own=u("p",{class:"lrw-hint"},"The rates are your own \
list, so start, end and steps are fixed.");let{start_lr:i,end_lr:r,num_iter:o}=this.fields;this.el=u("details",{class:"lrw-settings"},u("summary",{},u("span",{class:"\
lrw-unseen"},"Settings: "),this.summary),u("div",{class:"lrw-fields",role:"group","aria-label":"Settings"},i.el,r.el,o.el,this.rule.el,this.on.el,this.smoothing.
el,this.bounds.el),this.own)}show(t,e){let{choice:s,offers:i,plan:r}=t;b(this.summary,t.words.summary),this.fields.start_lr.show(r.start_lr,e.plan),this.fields.
end_lr.show(r.end_lr,e.plan),this.fields.num_iter.show(r.num_iter,e.plan),this.own.hidden=!e.own;let o=!t.closed;this.rule.show(i.rules.map(({name:l,words:h})=>({
value:l,text:l,words:h})),s.rule,o),this.on.el.hidden=i.metric_name===null;let a={value:"metric",text:i.metric_name??"metric",words:"Higher is better"};this.on.
show([{value:"loss",text:"loss",words:"Lower is better"},a],s.on,o),this.smoothing.show(s.bandwidth,o),this.bounds.show({there:!0,on:o,icon:s.shows_bounds?"on":
"off"}),m(this.bounds.el,"aria-pressed",String(s.shows_bounds))}commit(){if(!Object.values(this.fields).some(c=>c.changed))return!0;let{start_lr:e,end_lr:s,num_iter:i}=this.
fields,[r,o,a]=[e.take(),s.take(),i.take()];if(r!==null&&o!==null&&r>=o)return e.changed?e.complain(`Start must be below End, which is ${y(o)}.`):s.complain(`En\
d must be above Start, which is ${y(r)}.`),!1;if(r===null||o===null||a===null)return!1;let l={};e.changed&&(l.start_lr=r),s.changed&&(l.end_lr=o),i.changed&&(l.
num_iter=a);let h=this.say("plan",l);return l.start_lr!==void 0&&e.send(r,h),l.end_lr!==void 0&&s.send(o,h),l.num_iter!==void 0&&i.send(a,h),!0}plan(){let[t,e,s]=Object.
values(this.fields).map(i=>i.take());return t===null||e===null||s===null?null:{start_lr:t,end_lr:e,num_iter:s}}showWrong(){let t=Object.values(this.fields).find(
e=>e.input.getAttribute("aria-invalid"));t&&(this.el.open=!0,t.input.focus())}},ft=class{constructor(){this.asked=null}async until(t,e){let s={};this.asked=s,await t,
this.asked===s&&(this.asked=null,e())}},mt=class extends ft{constructor(t,e,s){super();let[i,r]=[S(),S()];this.select=u("select",{id:i,class:"lrw-input",title:e,
"aria-describedby":r}),this.words=u("span",{id:r,class:"lrw-hint"}),this.el=u("span",{class:"lrw-field"},u("label",{class:"lrw-field-label",for:i,title:e},t),this.
select,this.words),this.options=[],this.value="",this.select.addEventListener("change",()=>{this.explain(),this.until(s(this.select.value),()=>this.put())})}show(t,e,s){
this.select.disabled=!s;let i=t.some(o=>o.value===e)?t:[...t,{value:e,text:e,words:""}],r=i.length===this.options.length&&i.every(({value:o,text:a},l)=>this.options[l].
value===o&&this.options[l].text===a);this.options=i,r||this.select.replaceChildren(...i.map(({value:o,text:a})=>u("option",{value:o},a))),this.value=e,this.asked||
this.put()}put(){this.select.value!==this.value&&(this.select.value=this.value),this.explain()}explain(){let t=this.options.find(({value:e})=>e===this.select.value);
b(this.words,t?.words??"")}},qt=class extends ft{constructor(t){super();let e=S(),s="Width of the smoothing in decades of the learning rate; 0 is none";this.rail=
u("input",{id:e,class:"lrw-rail",type:"range",min:0,step:Qs,title:s}),this.number=u("span",{class:"lrw-number","aria-hidden":"true"}),this.el=u("span",{class:"l\
rw-field"},u("label",{class:"lrw-field-label",for:e,title:s},"Smoothing"),u("span",{class:"lrw-smoothing"},this.rail,this.number)),this.value=0,this.rail.addEventListener(
"input",()=>{let i=Number(this.rail.value);this.write(i),this.until(t(i),()=>this.put())})}show(t,e){this.rail.disabled=!e,this.value=t,m(this.rail,"max",Math.max(
Zs,Math.ceil(t))),this.asked||this.put()}put(){Number(this.rail.value)!==this.value&&(this.rail.value=String(this.value)),this.write(this.value)}write(t){let e=String(
Number(t.toPrecision(3)));b(this.number,e),m(this.rail,"aria-valuetext",t===0?"none":`${e} decades`)}};var ei={hello:"",run:"Run",pause:"Pause",resume:"Resume",stop:"Stop",accept:"Accept",undo:"Undo",clear:"Clear",move:"the learning rate",bounds:"the bounds",show_bounds:"\
Bounds",plan:"the settings",rule:"Rule",bandwidth:"Smoothing",on:"On",show_run:"the run's curve",rename_run:"Rename",remove_run:"Remove",activate_run:"the run",
try:"Try",refine:"Run here",extend:"Extend",export:"the export"};function Pe(n,t){let{can:e,choice:s}=n,i=n.state==="running"||n.state==="paused",r=(...h)=>h.some(
c=>t.waiting.includes(c)),o=t.typed??t.lr,a=!i&&o!==null&&o===s.accepted_lr,l=n.state==="idle"&&t.lr===null&&!e.undo&&!e.accept;return{run:{...si(n),waits:r("ru\
n","pause","resume")},stop:{there:i,on:e.stop,waits:r("stop")},suggestion:{there:!i&&e.move&&s.suggested_lr!==null&&t.lr!==s.suggested_lr,on:e.move,title:s.suggested_lr===
null?"":`Back to the suggestion, ${y(s.suggested_lr)}`},undo:{there:!i&&e.undo,on:e.undo,waits:r("undo")},accept:{there:!l,on:!i&&!a&&o!==null&&(e.accept||e.move),
text:a?"Accepted":"Accept",waits:r("accept")},try:{there:!l&&(e.try||i||!e.move),on:!i&&e.try&&(o!==null||s.lr===null),waits:r("try")},rate:{there:!l,lr:t.lr,on:e.
move},runs:{choose:!i&&!n.closed,change:!n.closed},status:{...ii(n,t,i),extend:{there:!i&&e.extend&&t.waiting.length===0,on:e.extend}},settings:{plan:!i&&!n.closed&&
n.plan.step_mode!=="list",own:n.plan.step_mode==="list"},menu:{rate:t.lr!==null,points:n.progress.step>0,clear:e.clear}}}function si({state:n,can:t,progress:e}){
if(n==="running")return{name:"Pause",text:"Pause",there:!0,on:t.pause,main:!0};if(n==="paused")return{name:"Resume",text:"Resume",there:!0,on:t.resume,main:!0};
let s=n!=="idle"&&e.step>0;return{name:"Run",text:s?"Run again":"Run",there:!0,on:t.run,main:!s}}function ii(n,t,e){let{words:s}=n,i=ai(t.waiting,n.deaf),r=n.state===
"failed",o=ni(n,t.refused,r),a=o.some(c=>c.refused),l={waiting:i,notes:o,marked:i!==""||!a};if(e){let c=n.state==="paused",d=s.tone==="quiet"?"running":s.tone;return{
...l,tone:i?"waiting":a?"error":c?"paused":d,headline:"",text:"",progress:n.doing==="trials"&&n.trials?oi(n,n.trials):ri(n)}}let h=i!=="";return{...l,tone:i?"wa\
iting":a||r?"error":s.tone,headline:h?"":s.headline,text:h?"":s.text,progress:null}}function ni({words:n},t,e){let s=n.notes.map((r,o)=>({text:r,refused:t!==null&&
r.includes(t)?!0:o===0&&n.tone==="error"&&!e}));return t===null||[n.headline,n.text,...n.notes].some(r=>r.includes(t))?s:[{text:t,refused:!0},...s]}function ri({
state:n,progress:t}){let{step:e,num_iter:s,seconds_left:i,loss:r,best_loss:o,steps_per_second:a}=t,l=n==="running";return{name:"Progress of the sweep",count:`${l?
"":"Paused at "}${e} of ${s}`,fraction:s>0?Math.min(e/s,1):0,left:l&&i!==null?`${rt(i)} left`:"",loss:r===null?"":$(r),best:o===null?"":$(o),speed:l&&a!==null?Ut(
a):""}}function oi({state:n,progress:t},e){let s=n==="running",{seconds_left:i,steps_per_second:r}=t,o=e.trials,a=o.filter(({step:f,ended:g})=>f>0||g!==null).length,
l=o.filter(f=>f.ended!==null).length,h=Math.min(Math.max(a,l+1),o.length),c=Math.max(...o.filter(f=>f.ended===null).map(f=>f.step),0),d=`trial ${h} of ${o.length}\
, step ${l===o.length?e.steps:c} of ${e.steps}`,p=o.length*e.steps;return{name:"Progress of the trials",count:s?d:`Paused at ${d}`,fraction:p>0?Math.min(Q(e)/p,
1):0,left:s&&i!==null?`${rt(i)} left`:"",loss:"",best:"",speed:s&&r!==null?Ut(r):""}}function ai(n,t){if(n.length===0)return"";let e=[...new Set(n.map(i=>ei[i]))].
filter(i=>i!=="");return`Waiting for the kernel${e.length>0?` to answer: ${e.join(", ")}`:" to answer"}.${t?" The cell that runs must end first.":""}`}var li={quiet:null,running:null,paused:"pause",good:"accept",warning:"warning",error:"error",waiting:"waiting"},gt=class{constructor(t){this.icon=O("warning"),this.
headline=u("strong",{class:"lrw-headline"}),this.text=u("span",{class:"lrw-text"}),this.count=u("span",{class:"lrw-count"}),this.done=u("span",{class:"lrw-done"}),
this.bar=u("span",{class:"lrw-bar",role:"progressbar","aria-valuemin":0,"aria-valuemax":100},this.done),this.left=u("span",{class:"lrw-left"}),this.loss=u("b"),
this.best=u("span"),this.losses=u("span",{class:"lrw-losses"},"loss ",this.loss,this.best),this.speed=u("span",{class:"lrw-speed"}),this.progress=u("span",{class:"\
lrw-progress"},this.count,this.bar,this.left,this.losses,this.speed),this.waiting=u("span",{class:"lrw-waiting"}),this.extend=new x({name:"Extend to higher rate\
s",text:"Extend to higher rates",icon:"extend",kind:"lrw-small lrw-extend",title:"Sweep on from the last rate; the points join this run",press:t}),this.line=u("\
div",{class:"lrw-line"},this.icon,this.headline,this.progress,this.text,this.waiting),this.notes=u("ul",{class:"lrw-notes",hidden:!0}),this.noted="",this.told=u(
"div",{class:"lrw-told",role:"status","aria-live":"polite"}),this.el=u("div",{class:"lrw-status"},this.line,this.notes,this.extend.el,this.told)}show(t,e){m(this.
el,"data-tone",t.tone);let s=t.marked?li[t.tone]:null;s&&W(this.icon,s),m(this.icon,"hidden",s===null),b(this.headline,t.headline),b(this.text,t.text),b(this.waiting,
t.waiting),this.extend.show(t.extend),this.progress.hidden=t.progress===null,t.progress&&this.showProgress(t.progress,t.waiting!=="");let i=JSON.stringify(t.notes);
i!==this.noted&&(this.noted=i,this.notes.replaceChildren(...t.notes.map(({text:r,refused:o})=>o?u("li",{class:"is-refused"},O("error"),r):u("li",{},r)))),this.notes.
hidden=t.notes.length===0,this.line.classList.toggle("is-last",t.extend.there&&this.notes.hidden),this.notes.classList.toggle("is-last",t.extend.there),b(this.told,
e)}showProgress(t,e){b(this.count,t.count),m(this.bar,"aria-label",t.name);let s=Math.round(100*t.fraction);m(this.bar,"aria-valuenow",s),m(this.bar,"aria-value\
text",t.count),this.done.style.transform=`scaleX(${t.fraction})`,b(this.left,e?"":t.left),b(this.loss,t.loss),b(this.best,t.best===""?"":`, best ${t.best}`),this.
losses.hidden=e||t.loss==="",b(this.speed,e?"":t.speed)}};var Yt={Run:{icon:"run",press:"run",title:"Sweep the learning rate; everything is given back afterwards"},Pause:{icon:"pause",press:"pause",title:"Hold it; Resu\
me goes on from there"},Resume:{icon:"run",press:"resume",title:"Go on from where it was held"}},wt=class{constructor(t,e,s){this.client=t,this.move=s,this.run=
new x({name:"Run",text:"Run",icon:"run",kind:"lrw-run",title:Yt.Run.title,press:()=>e(Yt[this.run.name].press)}),this.stop=new x({name:"Stop",text:"Stop",icon:"\
stop",kind:"lrw-stop",title:"End it; everything is given back",press:()=>e("stop")}),this.suggestion=new x({name:"Back to the suggestion",text:"suggestion",icon:"\
back",kind:"lrw-suggestion",press:()=>e("suggestion")}),this.undo=new x({name:"Undo",text:"Undo",icon:"undo",kind:"lrw-undo",title:"Give the optimizer back the \
rates that it had before Accept",press:()=>e("undo")}),this.rate=new N({label:"learning rate",name:"Learning rate",title:"Where the marker stands, and what Acce\
pt writes into the optimizer",read:dt,write:y,allowed:"A learning rate is a number above 0, for example 0.001 or 1e-3.",keys:"decimal",commit:()=>{this.commit()}}),
this.rate.el.classList.add("lrw-rate"),m(this.rate.input,"role","spinbutton"),this.rate.input.addEventListener("keydown",i=>this.step(i)),this.accept=new x({name:"\
Accept",text:"Accept",icon:"accept",kind:"lrw-accept",title:"Write the learning rate into the optimizer",press:()=>e("accept")}),this.try=new x({name:"Try",text:"\
Try",icon:"try",kind:"lrw-try",title:"Train shortly at a few rates around this one; everything is given back afterwards",press:()=>e("try")}),this.el=u("div",{class:"\
lrw-toolbar",role:"group","aria-label":"Learning-rate range test"},u("span",{class:"lrw-side"},this.run.el,this.stop.el),u("span",{class:"lrw-side lrw-way"},this.
suggestion.el,this.undo.el),u("span",{class:"lrw-side lrw-choice"},this.rate.el,this.accept.el,this.try.el))}show(t){this.keepFocus(t);let{icon:e,title:s}=Yt[t.
run.name];this.run.show({...t.run,icon:e,title:s}),this.stop.show(t.stop),this.suggestion.show(t.suggestion),this.undo.show(t.undo),this.accept.show(t.accept),this.
try.show(t.try),this.el.classList.toggle("is-plain",!t.rate.there),this.el.classList.toggle("is-busy",t.stop.there),this.rate.show(t.rate.lr,t.rate.on);let[i,r]=this.
client.blank.limits,{input:o}=this.rate;m(o,"aria-valuenow",t.rate.lr===null?null:A(t.rate.lr)),m(o,"aria-valuemin",A(i)),m(o,"aria-valuemax",A(r)),m(o,"aria-va\
luetext",t.rate.lr===null?"none yet":y(t.rate.lr))}keepFocus(t){let e=_(this.el);e===this.stop.el&&!t.stop.there?this.run.el.focus({preventScroll:!0}):e===this.
suggestion.el&&!t.suggestion.there?this.rate.input.focus({preventScroll:!0}):e===this.undo.el&&!t.undo.there?this.accept.el.focus({preventScroll:!0}):e===this.try.
el&&!t.try.there?this.accept.el.focus({preventScroll:!0}):!t.rate.there&&this.el.lastElementChild?.contains(e)&&this.run.el.focus({preventScroll:!0})}commit(){if(!this.
rate.on)return!0;let t=this.rate.take();return t===null?!this.rate.changed:(this.rate.changed&&t!==this.client.lr?this.choose(t):this.rate.revert(),!0)}async choose(t){
this.rate.complain(null),this.rate.put(t);let{done:e,why:s}=await this.move(t);!e&&!this.rate.changed&&this.rate.on&&this.rate.refuse(t,s)}step(t){if(t.key!=="A\
rrowUp"&&t.key!=="ArrowDown"||t.ctrlKey||t.metaKey||t.altKey||t.shiftKey||(t.preventDefault(),!this.rate.on))return;let e=this.rate.take();if(e===null)return;let s=Ie(
t.key,e,this.client.blank);s!==this.client.lr&&this.choose(s)}};function bt(n,t,e){let s=!1,i=!1,r=async()=>{i=!0;try{for(let o=performance.now();s&&!e.aborted;){if(await ze(e),performance.now()-o<t())continue;if(await Xt(0,
e),e.aborted)break;s=!1;let a=performance.now();await n(),await ze(e),await Xt(0,e),o=performance.now(),await Xt(o-a,e)}}finally{i=!1}};return()=>{s=!0,!i&&!e.aborted&&
r()}}function De(n,t,e){let s=null;return e.addEventListener("abort",()=>clearTimeout(s??void 0),{once:!0}),()=>{e.aborted||(s??=setTimeout(()=>{s=null,t()},n))}}
function ze(n){return Fe(t=>{let e=requestAnimationFrame(t);return()=>cancelAnimationFrame(e)},n)}function Xt(n,t){return Fe(e=>{let s=setTimeout(e,n);return()=>clearTimeout(
s)},t)}function Fe(n,t){return new Promise(e=>{let s=n(()=>{t.removeEventListener("abort",i),e()}),i=()=>{s(),e()};t.addEventListener("abort",i,{once:!0}),t.aborted&&
i()})}var hi=2,C=class{lr=null;#t=null;#e=new Map;#s=[];constructor(t,e,s){this.place_=e,this.look=s,this.el=document.createElement("div"),this.el.className=`lrwidget\
-marker ${s.className??""}`.trim(),this.el.tabIndex=0,this.el.setAttribute("role","slider"),this.el.setAttribute("aria-label",s.name),this.el.setAttribute("aria\
-orientation","horizontal"),this.el.setAttribute("data-lm-suppress-shortcuts","true");for(let r=0;s.heights&&r<hi;r++){let o=document.createElement("span");o.className=
"lrwidget-marker-ring",this.#s.push(o),this.el.append(o)}this.readout=document.createElement("span"),this.readout.className="lrwidget-marker-readout",this.readout.
setAttribute("aria-hidden","true"),this.el.append(this.readout),t.append(this.el);let{signal:i}=e;this.el.addEventListener("pointerdown",r=>this.#a(r),{signal:i}),
this.el.addEventListener("pointermove",r=>this.#h(r),{signal:i}),this.el.addEventListener("pointerup",r=>this.#c(r),{signal:i}),this.el.addEventListener("pointe\
rcancel",()=>this.cancel(),{signal:i}),this.el.addEventListener("lostpointercapture",()=>this.cancel(),{signal:i}),this.el.addEventListener("keydown",r=>this.#d(
r),{signal:i}),i.addEventListener("abort",()=>this.cancel()),this.place()}get dragging(){return this.#t!==null}set(t){this.dragging||(this.lr=t,this.place())}place(){
let t=this.place_.axis(),{lr:e}=this;e===null||!t?this.el.hidden=!0:(this.el.hidden=!1,this.#o(e,t),this.#i(e)),this.look.placed?.()}#o(t,e){let{top:s,height:i,
width:r}=this.place_.panels(),o=e.d2p(t),a=Math.min(Math.max(o,0),e._length),l=Math.abs(a-o)>1;this.el.classList.toggle("is-outside",l),this.el.style.transform=
`translateX(${e._offset+a}px)`,this.el.style.top=`${s}px`,this.el.style.height=`${i}px`;let h=l?[]:this.look.heights?.(t)??[];this.#s.forEach((w,v)=>{w.hidden=!(h[v]>=
0),w.hidden||(w.style.transform=`translateY(${h[v]-s}px)`)}),this.readout.textContent=`${this.look.prefix??""}${y(t)}`;let c=this.look.side??0,d=this.#n()/2+2,p=e.
_offset+a+c*d,f=Math.max(d-p,0),g=Math.max(d-(r-p),0);this.readout.style.marginLeft=`${c*d+f-g}px`}#i(t){let[e,s]=this.#r();this.el.setAttribute("aria-valuemin",
A(e)),this.el.setAttribute("aria-valuemax",A(s)),this.el.setAttribute("aria-valuenow",A(t)),this.el.setAttribute("aria-valuetext",y(t)),this.el.setAttribute("ar\
ia-disabled",String(!this.place_.movable()))}#n(){let t=this.readout.textContent.replace(/\d/g,"0"),e=this.#e.get(t)??this.readout.offsetWidth;return e>0&&this.#e.
set(t,e),e}#r(){return(this.look.limits??this.place_.limits)()}#a(t){if(t.button!==0||this.lr===null||this.dragging||(t.preventDefault(),t.stopPropagation(),this.
el.focus({preventScroll:!0}),!this.place_.movable()))return;this.el.setPointerCapture(t.pointerId);let e=this.el.getBoundingClientRect(),s=this.el.offsetParent??
this.el.parentElement,{left:i}=s.getBoundingClientRect(),r=t.clientX-(e.left+e.width/2)+i;this.#t={pointer:t.pointerId,offset:r,from:this.lr},this.el.classList.
add("is-dragging")}#h(t){let e=this.place_.axis();if(t.pointerId!==this.#t?.pointer||!e)return;let s=t.clientX-this.#t.offset-e._offset,i=K(e.p2d(Math.min(Math.
max(s,0),e._length)),e,this.#r());i!==this.lr&&(this.lr=i,this.place(),this.look.dragged?.(i))}#c(t){if(t.pointerId!==this.#t?.pointer)return;let{from:e}=this.#t;
this.#l(),this.lr!==e&&this.lr!==null&&this.look.chosen(this.lr),this.look.dragged?.(null)}cancel(){if(!this.#t)return;let{from:t}=this.#t;this.#l(),this.set(t),
this.look.dragged?.(null)}#l(){let t=this.#t?.pointer;this.#t=null,t!==void 0&&this.el.hasPointerCapture(t)&&this.el.releasePointerCapture(t),this.el.classList.
remove("is-dragging")}#d(t){if(t.key==="Escape"&&this.dragging)return t.stopPropagation(),this.cancel();let e=this.place_.axis();if(this.lr===null||this.dragging||
!e||t.ctrlKey||t.metaKey||t.altKey)return;let s=ut(t.key,t.shiftKey,this.lr,e,this.#r());s!==null&&(t.preventDefault(),t.stopPropagation(),!(s===this.lr||!this.
place_.movable())&&(this.set(s),this.look.chosen(s)))}};var je="lrwidget-bound",yt=class{constructor(t,e,s){this.place_=e,this.band=document.createElement("div"),this.band.className="lrwidget-band",t.append(this.band);
let i=()=>{this.base.lr!==null&&this.max.lr!==null&&s([this.base.lr,this.max.lr])},r=()=>this.#t();this.base=new C(t,e,{name:"Base learning rate",className:je,prefix:"\
base ",side:-1,limits:()=>[e.limits()[0],this.max?.lr??e.limits()[1]],chosen:i,placed:r}),this.max=new C(t,e,{name:"Maximum learning rate",className:je,prefix:"\
max ",side:1,limits:()=>[this.base?.lr??e.limits()[0],e.limits()[1]],chosen:i,placed:r}),this.set(null)}set(t){this.base.set(t?.[0]??null),this.max.set(t?.[1]??
null)}get dragging(){return this.base.dragging||this.max.dragging}cancel(){this.base.cancel(),this.max.cancel()}place(){this.base.place(),this.max.place()}#t(){
let t=this.place_.axis(),[e,s]=[this.base?.lr??null,this.max?.lr??null];if(this.band.hidden=e===null||s===null||!t,e===null||s===null||!t)return;let i=l=>Math.min(
Math.max(t.d2p(l),0),t._length),{top:r,height:o}=this.place_.panels(),a=i(e);this.band.style.left=`${t._offset+a}px`,this.band.style.width=`${Math.max(i(s)-a,0)}\
px`,this.band.style.top=`${r}px`,this.band.style.height=`${o}px`}};var ci=900,Be=5;function Ke(n,t,e,s,i){n.on("plotly_relayout",h=>{let c={...e()};for(let d of Ht(n._fullLayout))h[`${d}.autorange`]?delete c[d]:(`${d}.range[0]`in
h||`${d}.range`in h)&&(c[d]=n._fullLayout[d].range.slice());s.zoomed(c,h.dragmode)}),n.on("plotly_relayouting",s.moving);let r={x:0,y:0,moved:0,touch:!1,here:!1};
window.addEventListener("pointerdown",h=>{let{clientX:c,clientY:d,pointerType:p}=h,f=h.composedPath().includes(t)&&!He(h);Object.assign(r,{x:c,y:d,moved:0,touch:p===
"touch",here:f})},{signal:i,capture:!0}),window.addEventListener("pointerup",h=>{r.moved=Math.hypot(h.clientX-r.x,h.clientY-r.y)},{signal:i,capture:!0});let o=Number.
NEGATIVE_INFINITY,a=Number.NEGATIVE_INFINITY;n.on("plotly_click",({event:h})=>{let c=h!==void 0&&(h.detail>1||h.timeStamp<=a);r.moved>Be||c||s.clicked(r.x)&&(o=
performance.now())});let l=()=>{a=performance.now(),performance.now()-o<ci&&s.unclicked(),o=Number.NEGATIVE_INFINITY,s.unzoomed()};window.addEventListener("mous\
eup",({detail:h})=>{h===2&&r.here&&r.moved<=Be&&l()},{signal:i,capture:!0}),t.addEventListener("dblclick",h=>He(h)||l(),{signal:i}),n.on("plotly_doubleclick",()=>r.
touch&&l())}function He(n){return n.composedPath().some(t=>t instanceof Element&&t.classList.contains("modebar"))}var ui='style[id^="plotly.js-style"]',Ue="data-lrwidget-plotly";function Ge(n){let t=n.getRootNode();if(!(t instanceof ShadowRoot))return;let i=[...document.head.
querySelectorAll(ui)].flatMap(({sheet:o})=>[...o?.cssRules??[]]).map(o=>o.cssText).join(`
`),r=t.querySelector(`style[${Ue}]`);r||(r=document.createElement("style"),r.setAttribute(Ue,""),t.prepend(r)),r.textContent!==i&&(r.textContent=i)}var We="http://www.w3.org/2000/svg",Ve=64,Je=new Set(["loss","metric"]);function Qe(n){return n.map(t=>Je.has(t.name)?{...t,marker:{...t.marker,maxdisplayed:1}}:
t)}function Jt(n,t){return t.every(e=>{if(e.x.length===0||nt(e))return!0;let s=i=>n.querySelector(`.trace${e.uid} ${i}`);if(Je.has(e.name)){let i=s(".points");if(!i)
return!1;let{color:r,opacity:o,size:a}=e.marker,l={stroke:r,strokeOpacity:o,strokeWidth:`${a}px`};qe(i,l,Ye(e,n._fullLayout,di))}else if(e.mode==="lines"){let i=s(
".lines");if(!i)return!1;let{color:r,width:o}=e.line,a=s(".js-line")?.style.strokeDasharray??"",l={stroke:r,strokeWidth:`${o}px`,strokeDasharray:a};qe(i,l,Ye(e,
n._fullLayout,pi))}return!0})}function qe(n,t,e){let s=n.querySelector(".lrwidget-strokes");for(s||(s=document.createElementNS(We,"g"),s.setAttribute("class","l\
rwidget-strokes"),n.prepend(s)),Object.assign(s.style,t);s.childElementCount<e.length;)s.append(document.createElementNS(We,"path"));[...s.children].forEach((i,r)=>{
let o=e[r]??"";i.getAttribute("d")!==o&&i.setAttribute("d",o)})}function Ye({x:n,y:t,line:e,yaxis:s="y"},i,r){let[o,a]=[i.xaxis,i[s.replace("y","yaxis")]],l=Math.
ceil(o._length/Ve),h=e?.dash!==void 0,c=Array(h?1:l+2).fill(""),d=null;return n.forEach((p,f)=>{let g=t[f];if(g===null){d=null;return}let w=Xe(o.d2p(p)),v=h?0:Math.
min(Math.max(Math.floor(w/Ve),-1),l)+1,L={strip:v,place:`${w},${Xe(a.d2p(g))}`};c[v]+=r(L,d),d=L}),c}function di({place:n}){return`M${n}h0`}function pi({strip:n,
place:t},e){return e?n===e.strip?`L${t}`:`M${e.place}L${t}`:`M${t}`}function Xe(n){return Math.round(10*n)/10}var fi=512,Ze=250,Qt=1e3,mi=26,gi=860,wi=.65,bi="Loss and change in loss over the learning rate",xt=class{#t=null;#e=null;#s={};#o="zoom";#i=!0;#n=!1;#r=null;#a=null;#h=-1;#c=null;#l=Number.
NEGATIVE_INFINITY;constructor(t,e,s,i=r=>{e.say("refine",r)}){this.client=e,this.signal=s,this.stage=document.createElement("div"),this.stage.className="lrwidge\
t-stage",this.stage.setAttribute("role","group"),this.graph=document.createElement("div"),t.append(this.stage);let r={axis:()=>this.graph._fullLayout?.xaxis,panels:()=>yi(
this.graph),limits:()=>this.client.blank.limits,movable:()=>this.client.state.can.move,signal:s};if(this.marker=new C(this.stage,r,{name:"Learning rate marker",
chosen:a=>this.#x(a),dragged:a=>this.client.drag(a),heights:a=>this.#L(a)}),this.bounds=new yt(this.stage,r,a=>{e.say("bounds",{bounds:a})}),this.here=new x({name:"\
Run in this range",text:"Run here",icon:"run",kind:"lrw-small lrw-here",title:"Sweep densely over the rates that are shown; the points join this run",press:()=>{
let a=this.#m();a&&i(a)}}),this.here.el.addEventListener("blur",()=>this.#g()),this.here.el.hidden=!0,this.stage.append(this.here.el),this.stage.append(this.graph),
this.draw=bt(()=>this.#T(),()=>this.#A(),s),this.later=De(Qt,this.draw,s),s.aborted){this.#_();return}this.#f(),this.#u(),e.subscribe(a=>this.#p(a),s);let o=new ResizeObserver(
this.draw);o.observe(this.stage),z(this.draw,s),s.addEventListener("abort",()=>{o.disconnect(),this.#_()}),this.#d()}async image(t){let e=this.#t??await this.client.
plotly(),s=this.#v(),i=this.#w,{data:r,layout:o}=Se(zt(s),s,this.client.lr,i);o.paper_bgcolor=s.theme.paper;let{width:a,height:l}=o;return e.toImage({data:r,layout:o},
{format:t,width:a,height:l,scale:t==="png"?2:1})}async#d(){try{let t=await this.client.plotly();if(this.signal.aborted)return;this.#t=t,this.#e=this.#I(t)}catch(t){
if(this.signal.aborted)return;let e=t instanceof Error?t.message:String(t);this.graph.textContent=`The figure could not be loaded: ${e}. The sweep itself is not\
 affected.`;return}this.draw()}#p(t){t==="blank"&&(this.#s={},this.#f()),t==="state"&&this.client.state.sweep!==this.#h&&(this.#h=this.client.state.sweep,this.marker.
cancel(),this.bounds.cancel()),t==="hand"&&(this.#l=performance.now()),t!=="points"&&this.#u(),this.draw()}#f(){let{layout:t,limits:e}=this.client.blank;this.stage.
style.height=`${t.height}px`,this.stage.classList.toggle("has-metric","yaxis3"in t),this.stage.setAttribute("aria-label",`${bi}, ${E(e[0])} to ${E(e[1])}`)}#u(){
this.marker.set(this.client.lr),this.bounds.set(this.#w),this.#g()}#m(){let{limits:t}=this.client.blank,e=this.graph._fullLayout?.xaxis;if(!this.#s.xaxis||!e)return null;
let[s,i]=[...e.range].map(r=>e.type==="log"?10**r:r).sort((r,o)=>r-o).map(r=>K(r,e,t));return s<i&&(s>t[0]||i<t[1])?{low:s,high:i}:null}#g(){let{el:t}=this.here,
e=this.client.state.can.refine&&this.#m()!==null;t.hidden=!e&&(t.hidden||_(t)!==t),this.here.show({there:!0,on:e});let s=this.graph._fullLayout;if(t.hidden||!s)
return;let{xaxis:i,yaxis2:r,width:o}=s;t.style.right=`${o-i._offset-i._length}px`,t.style.top=`${r._offset-mi}px`}emphasise(t){this.#c=t,this.#y()}#y(){for(let t of this.
stage.querySelectorAll(".is-pointed"))t.classList.remove("is-pointed");if(this.#c!==null)for(let t of Dt(this.#c))this.stage.querySelector(`.trace${t}`)?.classList.
add("is-pointed")}#S(){let{curves:t,runs:e}=this.client;return e.flatMap(({id:s,shown:i,active:r})=>{let o=i&&!r?t.get(s):null;return o?[{run:s,curve:o}]:[]})}get#w(){
return this.client.state.choice.shows_bounds?this.client.bounds:null}#x(t){this.client.say("move",{lr:t})}#L(t){let{yaxis:e,yaxis2:s}=this.graph._fullLayout,i=jt(
this.client.series,t),r=(o,a)=>{let l=o.d2p(a);return l>=0&&l<=o._length?o._offset+l:Number.NaN};return i?[r(e,i.loss),r(s,i.change)]:[]}#A(){return this.graph.
_dragging?Number.POSITIVE_INFINITY:this.#b?Ze:0}get#b(){let t=performance.now()-this.#l;return this.marker.dragging||this.bounds.dragging||t<Ze}#v(){let{blank:t,
series:e,state:s}=this.client,{theme:i,paper:r}=P(this.stage),{marker:o,pill:a,bound:l,bound_pill:h}=t.themes[i],c={paper:r??t.themes[i].paper,marker:o,pill:a,bound:l,
"bound-pill":h};for(let[d,p]of Object.entries(c)){let{style:f}=this.stage;f.getPropertyValue(`--lrw-${d}`)!==p&&f.setProperty(`--lrw-${d}`,p)}return{blank:t,series:e,
overlay:s.overlay,theme:t.themes[i],themeName:i,others:this.#S(),dim:matchMedia("(prefers-contrast: more)").matches?1:wi,zoom:this.#s,banded:this.#w===null,dragmode:this.#o,
width:this.stage.clientWidth||gi,most:fi}}async#T(){if(!this.#t||this.signal.aborted||this.stage.clientWidth===0)return;let t=this.#v(),{axes:e,version:s}=t.series,
i={...t,overlay:JSON.stringify(t.overlay),others:`${this.client.curves.version}: ${t.others.map(({run:h})=>h)}`,axes:e},r=Object.keys(i).filter(h=>i[h]!==this.#r?.
parts[h]);if(r.length===0&&this.#$(t))return;let o=r.every(h=>h==="axes"||h==="overlay");if(this.#r&&o&&this.#b&&performance.now()-this.#r.since<Qt)return this.
later();let{data:a,layout:l}=zt(t);if(await this.#t.react(this.graph,this.#i?Qe(a):a,l,this.#e),this.signal.aborted)return this.#t.purge(this.graph);this.#n||this.#N(),
this.#r={parts:i,layout:l,plotly:s,version:s,since:performance.now()},this.#E()}#N(){this.#n=!0,Ge(this.stage);for(let e of this.graph.querySelectorAll(".main-s\
vg"))e.setAttribute("aria-hidden","true");let t={zoomed:(e,s)=>{this.#s=e,this.#o=s??this.#o,this.#E(),this.draw()},moving:()=>this.#M(),clicked:e=>this.#O(e),unclicked:()=>this.#R(),
unzoomed:()=>this.#k()};Ke(this.graph,this.stage,()=>this.#s,t,this.signal)}#O(t){let{client:e,graph:s}=this,{xaxis:i}=s._fullLayout,r=t-s.getBoundingClientRect().
left-i._offset,o=_e(e.series.get("lr"),e.series.get("loss"),i,r);return o===null||!e.state.can.move?!1:(this.#a=e.lr,this.#x(K(o,i,e.blank.limits)),!0)}#R(){let{
can:t,choice:e}=this.client.state,s=this.#a===e.suggested_lr?null:this.#a;t.move&&this.client.say("move",{lr:s})}#k(){this.#s={},this.draw()}#$(t){let e=this.#r,
{version:s}=t.series;if(!e)return!1;if(e.plotly===s)return!0;let i=performance.now()-e.since>Qt;if(!this.#i||i&&!this.#b)return!1;if(this.later(),e.version===s)
return!0;e.version=s;let r=Jt(this.graph,Ft(t,e.layout));return this.marker.place(),r}#E(){if(this.#i&&!Jt(this.graph,this.graph.data)){this.#i=!1;for(let t of this.
stage.querySelectorAll(".lrwidget-strokes"))t.remove();this.#r=null,this.draw()}this.#C(),this.#y(),this.#M()}#C(){for(let{uid:t}of this.graph.data.filter(nt)){
let e=this.graph.querySelector(`.trace${t}`);e&&e!==e.parentNode.firstChild&&e.parentNode.prepend(e)}}#M(){this.#g(),this.bounds.place(),this.marker.place()}#I(t){
return{displaylogo:!1,showTips:!1,displayModeBar:"hover",responsive:!1,doubleClick:!1,modeBarButtons:[["zoom2d","pan2d","zoomIn2d","zoomOut2d",{name:"resetZoom",
title:"Reset the zoom",icon:t.Icons.home,click:()=>this.#k()}]]}}#_(){this.#n&&this.#t.purge(this.graph),this.stage.remove()}};function yi(n){let{_size:t,width:e}=n.
_fullLayout;return{top:t.t,height:t.h,width:e}}var Zt=204,xi={t:6,b:38},ts=.6,vi=6,ki=10,V=8,vt=.5,Ei=64,Mi=.45,_i=.8;function es({blank:n,theme:t,trials:e,curves:s,tints:i,width:r}){let o=n.themes[t],a=Kt(n.
layout,o.layout),{l,r:h}=a.margin,c=Si(s),d={showgrid:!0,zeroline:!1,ticks:"",tickangle:0,gridcolor:a.yaxis.gridcolor,fixedrange:!0,autorange:!1};return{data:[...s.
map((p,f)=>Ti(p,f,e,i[f],t)),Oi(s,e,i,t,o,c)],layout:{template:{},width:r,height:Zt,margin:{l,r:h,...xi},paper_bgcolor:"rgba(0,0,0,0)",plot_bgcolor:"rgba(0,0,0,\
0)",font:a.font,hoverlabel:a.hoverlabel,hovermode:"x unified",showlegend:!1,dragmode:!1,xaxis:{...d,range:[0,e.steps*1.01],nticks:Math.max(2,Math.min(11,Math.floor(
(r-l-h)/Ei))),unifiedhovertitle:{text:"step <b>%{x}</b>"},spikecolor:a.xaxis.spikecolor,spikethickness:1,spikedash:"solid"},yaxis:{...d,automargin:"left",exponentformat:"\
power",...Li(c)},annotations:[{text:"step",xref:"paper",yref:"paper",x:1,xanchor:"right",y:0,yanchor:"top",yshift:-20,showarrow:!1,borderpad:0}]}}}function Si(n){
let t=n.map(({losses:c})=>Array.from(c).filter(Number.isFinite)),e=t.flatMap(c=>c.slice(0,1));if(e.length===0)return null;let s=Math.max(...e),i=t.flat().reduce(
(c,d)=>Math.min(c,d)),r=t.flat().reduce((c,d)=>Math.max(c,d));if(i>0&&i<s/ki){let c=Math.min(r,(1+ts)*s),[d,p]=[Math.floor(V*Math.log10(i)),Math.ceil(V*Math.log10(
c))];return{log:!0,low:10**((d-vt)/V),high:10**((p+vt)/V)}}let o=Math.max(s-i,.1*Math.abs(s),1e-12),a=Math.min(r,s+ts*o),l=Math.min(i,s-o),h=Ai((Math.max(a,s)-l)/
V);return{log:!1,low:(Math.floor(l/h)-vt)*h,high:(Math.ceil(a/h)+vt)*h}}function Li(n){if(!n)return{range:[0,1],showticklabels:!1};let{log:t,low:e,high:s}=n;if(!t)
return{range:[e,s],nticks:vi};let i=[Math.log10(e),Math.log10(s)],r=i[1]-i[0],o=r>2.5?[1]:r>1.2?[1,3]:[1,2,5],l=Array.from({length:Math.ceil(i[1])-Math.floor(i[0])},
(h,c)=>Math.floor(i[0])+c).flatMap(h=>o.map(c=>+`${c}e${h}`)).filter(h=>h>e&&h<s);return{type:"log",range:i,tickvals:l,ticktext:l.map(h=>E(h,1))}}function Ai(n){
let t=10**Math.floor(Math.log10(n));return t*([1,2,5].find(e=>e*t>=n*(1-1e-9))??10)}function kt({ended:n}){return n!==null&&n!==""}function Ti({steps:n,losses:t},e,{
trials:s,winner:i},{colours:r,dash:o},a){let l=e in s?y(s[e].lr):"",h=i===e;return{type:"scatter",mode:"lines",name:l,uid:`lrwidget-trial-${e}`,x:Array.from(n),
y:T(t),opacity:h?1:e in s&&kt(s[e])?Mi:_i,line:{color:r[a],width:h?3:1.75,dash:o,simplify:!1},hovertemplate:`${l}: %{y:.4g}<extra></extra>`}}function Ni(n,t,e){
let s=t.findLastIndex(Number.isFinite);if(s<0||t[s]<=e)return s<0?null:{x:n[s],y:t[s]};let i=t.findLastIndex(o=>o<=e);if(i<0)return{x:n[0],y:e};let r=(e-t[i])/(t[i+
1]-t[i]);return{x:n[i]+(Number.isFinite(r)?r:0)*(n[i+1]-n[i]),y:e}}function Oi(n,{trials:t,winner:e},s,i,r,o){let a=n.flatMap(({steps:h,losses:c},d)=>{if(!(d in
t)||!o)return[];let p=Ni(h,c,o.high);if(!p)return[];let[f,g]=[e===d,kt(t[d])];return{...p,symbol:f?"diamond":g?"x-thin":"circle",size:f?11:g?9:6,color:f?r.suggestion:
s[d].colours[i],line:g&&!f?2:f?1.5:0,edge:g&&!f?s[d].colours[i]:r.paper}}),l=h=>a.map(c=>c[h]);return{type:"scatter",mode:"markers",name:"ends",uid:"lrwidget-tr\
ial-ends",hoverinfo:"skip",cliponaxis:!1,x:l("x"),y:l("y"),marker:{symbol:l("symbol"),size:l("size"),color:l("color"),opacity:1,line:{width:l("line"),color:l("e\
dge")}}}}var Ri={displayModeBar:!1,showTips:!1,responsive:!1,doubleClick:!1},Et=class{#t=null;#e=!1;#s=!1;#o=new st;#i="";constructor(t,e,s){if(this.client=e,this.signal=
s,this.legend=u("ul",{class:"lrwidget-trials-legend","aria-label":"Rates that were tried"}),this.graph=u("div",{class:"lrwidget-trials-graph"}),this.graph.style.
height=`${Zt}px`,this.el=u("div",{class:"lrwidget-trials",role:"group","aria-label":"Short trainings: loss over steps",hidden:!0},u("div",{class:"lrwidget-trial\
s-head"},u("b",{},"loss in short trainings"),this.legend),this.graph),s.aborted)return;t.append(this.el),this.draw=bt(()=>this.#c(),()=>0,s),e.subscribe(r=>this.#n(
r),s);let i=new ResizeObserver(this.draw);i.observe(this.el),z(this.draw,s),s.addEventListener("abort",()=>{i.disconnect(),this.#s&&this.#t.purge(this.graph),this.
el.remove()}),this.#n("state")}#n(t){let{trials:e}=this.client.state;this.el.hidden=e===null,e&&(t!=="hand"&&this.#h(e,this.#r(e)??[]),this.#e||this.#a(),this.draw?.())}#r(t){
let e=this.client.trialCurves.of(t);return e.length===0||e.length===t.trials.length?e:null}async#a(){this.#e=!0;try{this.#t=await this.client.plotly()}catch{return}
this.draw?.()}#h(t,e){let{trials:s,winner:i}=t,r=this.#o.of(t);for(;this.legend.childElementCount>s.length;)this.legend.lastElementChild?.remove();s.forEach((o,a)=>{
let l=this.legend.children[a]??this.legend.appendChild($i()),[h,c,d,p]=l.children;lt(h,r[a]);let f=i===a,g=kt(o),w=o.loss??e[a]?.losses.at(-1)??Number.NaN;l.classList.
toggle("is-best",f),l.classList.toggle("is-faded",g&&!f),b(c,y(o.lr)),b(d,g||!Number.isFinite(w)?"":`loss ${$(w)}`),b(p.lastElementChild,f?"best":o.ended??""),m(
p,"hidden",!f&&!g),m(p.firstElementChild,"hidden",!f)})}async#c(){let{blank:t,state:e,trialCurves:s}=this.client,{trials:i}=e,r=this.el.clientWidth;if(!this.#t||
this.signal.aborted||!i||r===0)return;let{theme:o}=P(this.el),a=JSON.stringify([i,s.count,o,r]);if(a===this.#i)return;let l=this.#r(i);if(!l)return;let h=this.#o.
of(i),{data:c,layout:d}=es({blank:t,theme:o,trials:i,curves:l,tints:h,width:r});if(await this.#t.react(this.graph,c,d,Ri),this.signal.aborted)return this.#t.purge(
this.graph);this.#s=!0,this.#i=a;for(let p of this.graph.querySelectorAll(".main-svg"))p.setAttribute("aria-hidden","true")}};function $i(){return u("li",{},at(),
u("b"),u("span"),u("span",{class:"lrwidget-trials-why"},O("accept"),u("span")))}var Mt=class{constructor(t,e,s){this.client=e,this.signal=s,this.refused=null,this.pressed="",this.version=e.state.version,this.root=u("div",{class:"lrwidget"}),
this.stage=u("div",{class:"lrwidget-figure"}),this.toolbar=new wt(e,r=>this.press(r),r=>this.say("move",{lr:r})),this.status=new gt(()=>{this.once("extend",{})});
let i=()=>this.root.getBoundingClientRect();this.runs=new ht({activate:r=>{this.once("activate_run",{run:r})},show:(r,o)=>{this.say("show_run",{run:r,shown:o})},
rename:(r,o)=>{this.say("rename_run",{run:r,name:o})},remove:r=>{this.once("remove_run",{run:r})},pointed:r=>this.figure?.emphasise(r),left:()=>this.toolbar.run.
el.focus({preventScroll:!0})},i,s),this.settings=new pt((r,o)=>this.say(r,o)),this.menu=new D(()=>this.offers?.items()??[],i,s,{name:"More",title:"Bounds, copy,\
 export, table of points, keyboard help"}),this.toolbar.el.append(this.menu.el),this.root.append(this.toolbar.el,this.status.el,this.runs.el,this.stage,this.settings.
el),this.toolbar.rate.input.addEventListener("input",()=>this.draw()),this.draw(),!s.aborted&&(t.append(this.root),Ci(this.root,e,s),de(this.root,s),ge(this.root,
this.stage,s),this.figure=new xt(this.stage,e,s,r=>{this.once("refine",r)}),new Et(this.stage,e,s),this.offers=new ot({client:e,say:(r,o)=>this.say(r,o),figure:this.
figure,root:this.root,now:()=>this.shown,tell:r=>this.menu.say(r)}),e.subscribe(r=>this.follow(r),s),s.addEventListener("abort",()=>this.root.remove(),{once:!0}))}get shown(){
let{state:t,lr:e,waiting:s}=this.client;return Pe(t,{lr:e,typed:this.toolbar.rate.typed,waiting:s,refused:this.refused})}get tint(){let{light:t,dark:e}=this.client.
blank.themes;return{colours:{light:t.loss,dark:e.loss},dash:"solid"}}draw(){let{state:t}=this.client,e=this.shown;m(this.root,"data-state",t.state),this.toolbar.
show(e),this.status.show(e.status,t.words.announcement),this.runs.show(this.client.runs,e.runs,this.tint),this.settings.show(t,e.settings)}follow(t){if(t==="poi\
nts")return;let{version:e}=this.client.state;e!==this.version&&(this.refused=null),this.version=e,this.draw()}async say(t,e){this.refused=null;let s=await this.
client.say(t,e);return!s.done&&s.why&&!this.signal.aborted&&(this.refused=s.why,this.draw()),s}press(t){t==="run"?this.run():t==="accept"||t==="try"?this.choose(
t):t==="suggestion"?this.say("move",{lr:null}):this.once(t,{})}async once(t,e){let s=JSON.stringify([t,e]);s!==this.pressed&&(this.pressed=s,await this.say(t,e),
s===this.pressed&&(this.pressed=""))}run(){let t=this.settings.commit()?this.settings.plan():null;t?this.once("run",t):this.settings.showWrong()}choose(t){if(!this.
toolbar.commit())return this.toolbar.rate.input.focus();let{lr:e}=this.client;e!==null?this.once(t,{lr:e}):t==="try"&&this.once("try",{lr:e})}};function Ci(n,t,e){
let s=n.getRootNode()instanceof ShadowRoot;if(s&&n.append(u("style",{},t.css)),t.id==="")return;let i=`.lrwidget-of-${CSS.escape(t.id)}`,r=[".jp-OutputArea-chil\
d",".output_area"].map(a=>`${a}:has(${i}):not(:has(.lrwidget))`),o=u("style",{},`${[i,...r].join(",")}{display:none!important}`);(s?document.head:n).append(o),e.
addEventListener("abort",()=>o.remove(),{once:!0})}var Ii={_esm:"",_css:"",_figure:{}},_t=new Map;function Pi({model:n}){let t=new G(n);return _t.set(t.id,t),()=>{t.close(),_t.get(t.id)===t&&_t.delete(t.id);let e=n;
for(let[s,i]of Object.entries(Ii))e.set?.(s,i,{silent:!0})}}function zi({model:n,el:t,signal:e}){let s=new AbortController,i=()=>s.abort();e?.addEventListener("\
abort",i,{once:!0}),e?.aborted&&i();let r=_t.get(n.get("_id"));if(!r){let o=new G(n);s.signal.addEventListener("abort",()=>o.close(),{once:!0}),r=o}return new Mt(
t,r,s.signal),i}var Eo={initialize:Pi,render:zi};export{Eo as default};
