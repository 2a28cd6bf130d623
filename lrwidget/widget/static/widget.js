// Built from lrwidget/widget/front: make front
var R={now:()=>performance.now(),set:(n,t)=>setTimeout(n,t),clear:n=>clearTimeout(n)};var Mt=Symbol.for("lrwidget.plotly"),At="/* the script */",lt=3e3,Ae=6e4,j=class{#t;#s;#e;#r;#i;#n;constructor(t,e,s,{load:i=Te,page:o=globalThis,clock:r=R}={}){
this.#t=t,this.#s=e,this.#e=i,this.#i=s,this.#n=r,o[Mt]??=new Map,this.#r=o[Mt]}get(){let t=this.#o(this.#t());return t.script?t.script:new Promise((e,s)=>{let i,
o={told:a=>{this.#n.clear(i),this.#i.removeEventListener("abort",r),a.then(e,s)},ask:()=>{let a=this.#n.now();(!t.asked||a-t.asked.at>=t.gap)&&(t.asked&&(t.gap=
Math.min(2*t.gap,Ae)),t.asked={by:o,at:a},this.#s()),this.#n.clear(i),i=this.#n.set(o.ask,lt)}},r=()=>{if(this.#n.clear(i),t.waiting.delete(o),s(new Error("the \
widget has been closed")),t.asked?.by===o){t.asked=null;for(let a of[...t.waiting].slice(0,1))a.ask()}};if(this.#i.aborted)return r();this.#i.addEventListener("\
abort",r,{once:!0}),t.waiting.add(o),o.ask()})}take(t,e){let s=this.#o(t);if(s.script)return;let i=this.#e(e);s.script=i,s.asked=null,s.gap=lt,i.catch(()=>{s.script=
null});let o=[...s.waiting];s.waiting.clear();for(let{told:r}of o)r(i)}#o(t){let e=this.#r.get(t);return e||(e={script:null,waiting:new Set,asked:null,gap:lt},this.#r.
set(t,e)),e}};async function Te(n){let t=n,e=new Blob([t]).stream().pipeThrough(new DecompressionStream("gzip")),s=await new Response(e).blob(),[i,o]=Ne(At).split(
At),r=URL.createObjectURL(new Blob([i,s,o],{type:"text/javascript"}));try{return(await import(r)).default}finally{URL.revokeObjectURL(r)}}function Ne(n){return`\
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
`}function Tt(n,t,e){let{context:s,notebook:i}=n.widget_manager??{};for(let{outputs:r}of ht(s?.model?.cells))for(let a=0;a<(r?.length??0);a++)o(r.get(a))&&r.set(a,
{...r.get(a).toJSON(),data:{...e}});for(let r of ht(i?.get_cells?.()))for(let a of ht(r.output_area?.outputs))o(a)&&(a.data={...e},i.set_dirty(!0));function o(r){
let a=[r?.data?.["text/html"]??""].flat().join("");return a.includes(`lrwidget-of-${t}`)&&a!==e["text/html"]}}function ht(n){return typeof n?.[Symbol.iterator]==
"function"?[...n]:[]}var Nt=["lr","loss","curveLr","smoothed","change"],Ot=[...Nt,"metric","smoothedMetric"],Rt=new Set(["lr","loss","metric"]),ut=class{#t=new Float64Array(64);length=0;put(t,e){
let s=t+e.length;if(s>this.#t.length){let i=new Float64Array(2*s);i.set(this.#t.subarray(0,t)),this.#t=i}this.#t.set(e,t),this.length=s}get values(){return this.#t.
subarray(0,this.length)}},B=class{version=0;sweep=-1;axes=null;#t=-1;#s=ct();get(t){return this.#s[t].values}take(t,e){let{sweep:s,revision:i,first:o,curve_first:r}=t;
if(i<=this.#t)return"old";if(!(o===0&&r===0)&&(s!==this.sweep||i!==this.#t+1))return"gap";let l=t.metric?Ot:Nt,h=l.map((u,p)=>Re(e[p]));return o+h[0].length!==t.
count||!Oe(l,h)?"gap":(s!==this.sweep&&(this.sweep=s,this.axes=null,this.#s=ct()),l.forEach((u,p)=>{this.#s[u].put(Rt.has(u)?o:r,h[p])}),JSON.stringify(t.axes)!==
JSON.stringify(this.axes)&&(this.axes=t.axes),this.#t=i,this.version+=1,"taken")}clear(){this.#s=ct(),this.axes=null,this.version+=1}};function ct(){return Object.
fromEntries(Ot.map(n=>[n,new ut]))}function Oe(n,t){return n.every((e,s)=>t[s].length===t[Rt.has(e)?0:2].length)}function Re(n){if(!n)return new Float64Array;let{
buffer:t,byteOffset:e,byteLength:s}=ArrayBuffer.isView(n)?n:{buffer:n,byteOffset:0,byteLength:n.byteLength},i=s-s%Float64Array.BYTES_PER_ELEMENT;return new Float64Array(
t.slice(e,e+i))}var dt=500,Ie=15e3,It=1e3,ft={hello:(n,t)=>({plotly:n.plotly||t.plotly}),plan:(n,t)=>({...n,...t}),move:(n,t)=>t,bounds:(n,t)=>t,bandwidth:(n,t)=>t},Ce=(n,t)=>n in
ft&&!(n==="hello"&&t.plotly),U=class{#t=[];#s=0;#e=0;#r=dt;#i;#n;#o=[];#a=!1;#h=!1;constructor(t,e,s=R){this.page=crypto.randomUUID?.()??`page-${Math.random()}-${Math.
random()}`,this.send=t,this.changed=e,this.clock=s}get open(){return this.#t}get waiting(){return this.#o}say(t,e,s){this.#s+=1;let i=this.#s;return this.#a?Promise.
resolve(pt(i)):new Promise(o=>{this.#t.push({n:i,name:t,args:e,seen:s,since:this.clock.now(),tell:[o]}),t in ft||(this.#r=dt),Ce(t,e)&&this.#u()?(this.#t=Ct(this.#t,
this.#e),this.#l()):this.say_again()})}say_again(){if(!this.#a){this.clock.clear(this.#i),this.#t=Ct(this.#t,0),this.#e=this.#t.at(-1)?.n??this.#e,this.#t.length>
0&&(this.#i=this.clock.set(()=>{this.#r=Math.min(2*this.#r,Ie),this.say_again()},this.#r)),this.#l();try{let t=this.#t.map(({n:e,name:s,args:i,seen:o})=>({n:e,name:s,
args:i,seen:o}));this.send({page:this.page,said:t}),this.#h=!1}catch(t){this.#h||console.warn("lrwidget: the kernel cannot be reached now",t),this.#h=!0}}}answered({
page:t,upto:e,answers:s=[]}){if(t!==this.page||!this.#t.some(({n:o})=>o<=e))return;let i=this.#t.filter(({n:o})=>o<=e);this.#t=this.#t.filter(({n:o})=>o>e),this.#u()||
(this.clock.clear(this.#i),this.#r=dt,this.#t.length>0&&this.say_again()),this.#l();for(let{n:o,tell:r}of i){let a=s.find(l=>l.n===o)??pt(o);for(let l of r)l(a)}}close(){
let t=this.#t;this.#t=[],this.#a=!0,this.clock.clear(this.#i),this.#l();for(let{n:e,tell:s}of t)for(let i of s)i(pt(e))}#u(){return this.#t.length>0&&this.#t[0].
n<=this.#e}#l(){this.clock.clear(this.#n);let t=this.clock.now(),e=this.#t.filter(({since:o})=>t-o>=It).map(({name:o})=>o),s=Math.min(...this.#t.map(({since:o})=>o+
It).filter(o=>o>t));s<1/0&&(this.#n=this.clock.set(()=>this.#l(),s-t));let i=[...new Set(e)];i.join()!==this.#o.join()&&(this.#o=i,this.changed())}};function Ct(n,t){
let e=[],s=new Map;for(let i of[...n].reverse()){let o=ft[i.name],r=s.get(i.name);if(o&&r&&i.n>t){r.args=o(i.args,r.args),r.since=Math.min(i.since,r.since),r.tell.
unshift(...i.tell);continue}o?r||s.set(i.name,i):s.clear(),e.unshift(i)}return e}function pt(n){return{n,done:!1,why:"The kernel's answer has not come."}}var $e=1e3,P=class{series=new B;#t;#s;#e=null;#r=null;#i=new Set;#n=new Set;#o=-1/0;#a=new AbortController;constructor(t,{clock:e=R,load:s,page:i}={}){this.model=
t,this.clock=e,this.#t=t.get("_state"),this.#s=t.get("_figure"),this.wire=new U(o=>t.send(o),()=>this.#c("state"),e),this.script=new j(()=>this.#s.plotly_version,
()=>this.say("hello",{plotly:!0}),this.#a.signal,{load:s,page:i,clock:e}),t.on("change:_state",this.#l),t.on("change:_figure",this.#d),t.on("msg:custom",this.#p),
this.say("hello",{plotly:!1})}get id(){return String(this.model.get("_id")??"")}get css(){return String(this.model.get("_css")??"")}get state(){return this.#t}get blank(){
return this.#s}get lr(){if(this.#e!==null)return this.#e;let t=this.#u("move","accept");return t?t.args.lr??this.#t.choice.suggested_lr:this.#t.choice.lr}get bounds(){
return this.#u("bounds")?.args.bounds??this.#t.choice.bounds}get waiting(){return this.wire.waiting}say(t,e){let s=t==="move"&&this.#r||this.#h(),i=this.wire.say(
t,e,s);return this.#c("hand"),i}drag(t){t!==null&&(this.#r??=this.#h()),this.#e=t,this.#c("hand")}plotly(){return this.script.get()}subscribe(t,e){if(e.aborted)
return;let s=i=>t(i);this.#i.add(s),e.addEventListener("abort",()=>this.#i.delete(s),{once:!0})}close(){this.#a.signal.aborted||(this.#a.abort(),this.model.off(
"change:_state",this.#l),this.model.off("change:_figure",this.#d),this.model.off("msg:custom",this.#p),this.wire.close(),this.series.clear(),this.#i.clear())}#h(){
return{sweep:this.#t.sweep,state:this.#t.state,lr:this.lr}}#u(...t){return this.wire.open.findLast(({name:e,seen:s})=>t.includes(e)&&s.sweep===this.#t.sweep)}#l=()=>{
let t=this.model.get("_state"),e=this.#t;if(!(t?.version>=e.version)||t.version===e.version&&t.progress.step<e.progress.step)return;t.reactive&&t.choice.accepted_lr!==
e.choice.accepted_lr&&(this.model.set?.("_seen",t.version),this.model.save_changes?.());let s=t.sweep!==e.sweep;this.#t=t,s&&(this.#e=null),this.#c("state")};#d=()=>{
this.#s=this.model.get("_figure"),this.#c("blank")};#p=(t,e=[])=>{if(t?.kind==="frame"){let s=this.series.take(t,e);s==="taken"&&this.#c("points"),s==="gap"&&this.#f()}else
t?.kind==="answer"?(this.wire.answered(t),this.#c("hand")):t?.kind==="call"?this.wire.say_again():t?.kind==="saved"?Tt(this.model,this.id,t.bundle):t?.kind==="p\
lotly"&&e.length>0&&this.script.take(t.version,e[0])};#f(){let t=this.clock.now();t-this.#o<$e||(this.#o=t,this.say("hello",{plotly:!1}))}#c(t){this.#n.size===0&&
queueMicrotask(this.#m),this.#n.add(t)}#m=()=>{let t=[...this.#n];this.#n.clear(),this.#e===null&&(this.#r=null);for(let e of t)for(let s of[...this.#i])try{s(e)}catch(i){
console.warn("lrwidget: a view could not follow",i)}}};function H(n){let t=n.match(/-?[\d.]+(e-?\d+)?%?/g)?.map(a=>Number.parseFloat(a));if(!t||t.length<3)return null;let e=n.startsWith("rgb")?1:n.startsWith("color(\
srgb")?255:null;if(e===null)return null;let[s,i,o,r=1]=t;return{colour:[s*e,i*e,o*e],alpha:r}}function W(n){for(let t=n;t;t=Pe(t)){let e=getComputedStyle(t).backgroundColor,
s=H(e);if(!s||s.alpha<.5)continue;let[i,o,r]=s.colour;return{theme:.299*i+.587*o+.114*r<128?"dark":"light",paper:e}}return{theme:matchMedia("(prefers-color-sche\
me: dark)").matches?"dark":"light",paper:null}}function Pe(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:n.parentElement}function G(n,t){let e=new MutationObserver(
n);for(let i of[document.documentElement,document.body])e.observe(i,{attributes:!0,attributeFilter:["class","style","data-theme","theme","data-jp-theme-name","d\
ata-jp-theme-light"]});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",n,{signal:t});let s=new MutationObserver(n);s.observe(document.head,
{childList:!0}),t.addEventListener("abort",()=>{e.disconnect(),s.disconnect()})}function c(n,t={},...e){let s=document.createElement(n);for(let[i,o]of Object.entries(t))f(s,i,o);return s.append(...e),s}function f(n,t,e){let s=e===null||e===
!1?null:e===!0?"":String(e);n.getAttribute(t)!==s&&(s===null?n.removeAttribute(t):n.setAttribute(t,s))}function w(n,t){n.textContent!==t&&(n.textContent=t)}function _(){
return`lrw-${Math.random().toString(36).slice(2,12)}`}function T(n){let t=n.getRootNode();return t instanceof Document||t instanceof ShadowRoot?t.activeElement:
null}var ze={run:"M4 2.2v11.6L13.5 8z",pause:"M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",stop:"M3 3h10v10H3z",accept:"M6.2 13.2 1.4 8.4l1.7-1.7 3.1 3.1 6.7-6.7 1.7 1.7\
z",undo:"M6.4 1.6 1.6 5.7l4.8 4.1V7h3a2.6 2.6 0 0 1 0 5.2H4.2v2h5.2a4.6 4.6 0 0 0 0-9.2h-3z",back:"M2 2h2v12H2zM9.3 3.4 4.8 8l4.5 4.6 1.5-1.5L8.8 9H14V7H8.8l2-2\
.1z",more:"M1.6 8a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0z",warning:"M8 1.2 15\
.4 14.4H.6zM7.1 6v4.2h1.8V6zm0 5.4v1.7h1.8v-1.7z",error:"M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM5.7 4.5 4.5 5.7 6.8 8l-2.3 2.3 1.2 1.2L8 9.2l2.3 2.3 1.2\
-1.2L9.2 8l2.3-2.3-1.2-1.2L8 6.8z",off:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm0 1.5a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5\
.5 0 0 0 .5-.5v-9a.5.5 0 0 0-.5-.5z",on:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm3.4 9.8 5.2-5.2-1.2-1.2-4 4-1.8-1.8-1.2 1.2\
z",waiting:"M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.4L6.4 8 3 4.4zm2 2v.8l3 3.1 3-3.1V3zm3 6.1-3 3.1v.8h6v-.8z"};function z(n){let t=document.createElementNS("http://\
www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 16 16"),t.setAttribute("class","lrw-icon"),t.setAttribute("aria-hidden","true");let e=document.createElementNS(
"http://www.w3.org/2000/svg","path");return e.setAttribute("fill-rule","evenodd"),t.append(e),F(t,n),t}function F(n,t){let e=n.firstElementChild;f(e,"d",ze[t])}var Fe=7;function $t(n){let[t,e,s]=n.map(i=>{let o=i/255;return o<=.04045?o/12.92:((o+.055)/1.055)**2.4});return .2126*t+.7152*e+.0722*s}function De(n,t){let[e,
s]=[$t(n),$t(t)].sort((i,o)=>i-o);return(s+.05)/(e+.05)}function zt(n,t){let e=()=>{let s=n.parentElement??Ke(n)??document.body,{theme:i,paper:o}=W(s);f(n,"data\
-theme",i),Pt(n,"--lrw-paper",o);let r=getComputedStyle(s).color,[a,l]=[H(r),H(o??"")],h=a&&l&&a.alpha>.9&&De(a.colour,l.colour)>=Fe;Pt(n,"--lrw-ink",h?r:null)};
e(),G(e,t)}function Ke(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:null}function Pt({style:n},t,e){n.getPropertyValue(t)!==(e??"")&&(e===null?n.
removeProperty(t):n.setProperty(t,e))}var je=new Set(["Enter"," ","Escape","ArrowUp","ArrowDown","ArrowLeft","ArrowRight","Home","End","PageUp","PageDown"]),Be=/^([acvxyz]|arrow\w+|backspace|delete|home|end)$/i,
Ft="data-lm-suppress-shortcuts";function Dt(n,t){let e=n.ctrlKey||n.metaKey;return t==="text"?e||n.altKey?Be.test(n.key):!0:e||n.altKey?!1:t==="choice"?!(n.shiftKey&&
n.key==="Enter"):!n.shiftKey&&je.has(n.key)}function Kt(n){return n instanceof HTMLTextAreaElement?"text":n instanceof HTMLInputElement?n.type==="range"?"press":
"text":n instanceof HTMLSelectElement||n.closest("[role=menu], dialog")?"choice":"press"}function jt(n,t,e){let s=i=>{let o=i.composedPath()[0];return o instanceof
Element&&n.contains(o)&&!t.contains(o)?o:null};window.addEventListener("keydown",i=>{let o=s(i);o&&(Dt(i,Kt(o))?o.setAttribute(Ft,"true"):o.removeAttribute(Ft))},
{capture:!0,signal:e}),n.addEventListener("keydown",i=>{let o=s(i);o&&Dt(i,Kt(o))&&i.stopPropagation()})}var Bt=350,k=class{constructor({name:t,text:e="",icon:s,kind:i,title:o,press:r}){this.icon=z(s),this.label=c("span",{class:"lrw-label"},e),this.el=c("button",{type:"\
button",class:`lrw-button ${i}`,"aria-label":t,title:o??null},this.icon,this.label),this.name=t,this.text=e,this.on=!0,this.settledForHand=this.settledForKeys=Number.
NEGATIVE_INFINITY,this.settling=!1,this.timer=void 0,this.pointed=null,this.keyed=null,this.el.addEventListener("pointerdown",()=>{this.pointed=this.name}),this.
foreign=!1,this.el.addEventListener("keydown",a=>{a.key!=="Enter"&&a.key!==" "||(a.repeat&&a.preventDefault(),this.foreign=a.shiftKey||a.ctrlKey||a.metaKey||a.altKey,
this.keyed=this.name)}),this.el.addEventListener("keyup",()=>{setTimeout(()=>{this.foreign=!1,this.keyed=null})}),this.el.addEventListener("click",a=>{let l=a.detail>
0,h=(l?this.pointed:this.keyed)??this.name;!this.on||h!==this.name||this.foreign&&!l||performance.now()<(l?this.settledForHand:this.settledForKeys)||r(a)})}call(t,e){
this.name=t,this.text=e;let s=e!==t&&e.startsWith(t);f(this.el,"aria-label",s?null:t),s?this.label.replaceChildren(t,c("span",{"aria-hidden":"true"},e.slice(t.length))):
w(this.label,e)}show({there:t,on:e,waits:s=!1,name:i,text:o,icon:r,main:a,title:l}){i!==void 0&&i!==this.name?(this.call(i,o??this.text),this.settle()):o!==void 0&&
o!==this.text&&this.call(this.name,o),l!==void 0&&f(this.el,"title",l),r!==void 0&&F(this.icon,r),a!==void 0&&this.el.classList.toggle("is-main",a),this.el.classList.
toggle("is-away",!t),this.el.classList.toggle("is-waiting",s),this.on=e,this.showOn()}settle(){let t=performance.now()+Bt;this.el.matches(":hover, :focus")&&(this.
settledForKeys=t),this.el.matches(":hover")&&(this.settledForHand=t,this.settling=!0,clearTimeout(this.timer),this.timer=setTimeout(()=>{this.settling=!1,this.showOn()},
Bt))}showOn(){this.el.classList.toggle("is-settling",this.settling&&this.on),f(this.el,"aria-disabled",this.on&&!this.settling?null:"true")}};var N=4,Ue=160,V=class{constructor(t,e,s){this.items=t,this.room=e;let i=_();this.button=new k({name:"More",icon:"more",kind:"lrw-more",title:"Bounds, copy, exp\
ort, table of points, keyboard help",press:()=>this.opened?this.close(!0):this.open(0)}),f(this.button.el,"aria-haspopup","menu"),f(this.button.el,"aria-expande\
d","false"),f(this.button.el,"aria-controls",i),this.list=c("div",{id:i,class:"lrw-menu",role:"menu","aria-label":"More",popover:"manual",hidden:!0}),this.said=
c("span",{class:"lrw-said",hidden:!0}),this.el=c("span",{class:"lrw-side lrw-end"},this.button.el,this.list,this.said),this.quiet=void 0,this.opened=null,this.button.
el.addEventListener("keydown",o=>{if(!(o.ctrlKey||o.metaKey||o.altKey)){if(o.key==="ArrowDown")this.open(0);else if(o.key==="ArrowUp")this.open(-1);else return;
o.preventDefault()}}),this.list.addEventListener("keydown",o=>this.key(o)),s.addEventListener("abort",()=>{this.close(!1),clearTimeout(this.quiet)})}open(t){if(this.
opened)return this.focus(t);this.list.replaceChildren(...this.items().map(i=>this.made(i))),this.list.hidden=!1,this.list.showPopover?.(),this.place(),f(this.button.
el,"aria-expanded","true"),this.opened=new AbortController;let{signal:e}=this.opened,s=i=>{i.composedPath().includes(this.el)||this.close(!1)};window.addEventListener(
"pointerdown",s,{capture:!0,signal:e}),window.addEventListener("blur",()=>this.close(!1),{signal:e}),window.addEventListener("resize",()=>this.close(!0),{signal:e}),
window.addEventListener("scroll",i=>{i.composedPath().includes(this.list)||this.close(!0)},{capture:!0,passive:!0,signal:e}),this.list.addEventListener("focusou\
t",i=>{let o=i.relatedTarget;o instanceof Node&&!this.el.contains(o)&&this.close(!1)},{signal:e}),this.focus(t)}close(t){if(!this.opened)return;this.opened.abort(),
this.opened=null;let e=this.list.contains(T(this.list));(t||e)&&this.button.el.focus({preventScroll:!0}),this.list.hidePopover?.(),this.list.hidden=!0,f(this.button.
el,"aria-expanded","false")}made(t){if(t==="line")return c("div",{class:"lrw-menu-line",role:"separator"});let{name:e,on:s=!0,checked:i,does:o}=t,r=c("div",{class:"\
lrw-item",role:i===void 0?"menuitem":"menuitemcheckbox","aria-checked":i===void 0?null:String(i),"aria-disabled":s?null:"true",tabindex:-1},e);return r.addEventListener(
"click",()=>{s&&(this.close(!0),o())}),r.addEventListener("pointermove",()=>r.focus({preventScroll:!0})),r}key(t){if(t.ctrlKey||t.metaKey||t.altKey)return;let e=this.
entries(),s=e.indexOf(T(this.list));if(t.key==="Escape")this.close(!0);else{if(t.key==="Tab")return this.close(!0);if(t.key==="ArrowDown")this.focus((s+1)%e.length);else if(t.
key==="ArrowUp")this.focus((s-1+e.length)%e.length);else if(t.key==="Home")this.focus(0);else if(t.key==="End")this.focus(-1);else if(t.key==="Enter"||t.key==="\
 ")t.repeat||e[s]?.click();else if(t.key.length===1){let i=t.key.toLowerCase();[...e.slice(s+1),...e.slice(0,s+1)].find(r=>r.textContent?.toLowerCase().startsWith(
i))?.focus()}else return}t.preventDefault()}entries(){return[...this.list.querySelectorAll(".lrw-item")]}focus(t){this.entries().at(t)?.focus({preventScroll:!0})}place(){
if(!this.list.showPopover)return;let t=this.button.el.getBoundingClientRect(),e=this.room(),{width:s,height:i}=this.list.getBoundingClientRect(),o=window.innerHeight-
t.bottom-2*N,r=t.top-2*N,a=o<Math.min(i,Ue)&&r>o,l=Math.min(t.right,window.innerWidth-N),h=Math.max(l-s,Math.min(e.left,l-s),N),{style:u}=this.list;u.left=`${h}\
px`,u.maxHeight=`${a?r:o}px`,u.top=a?`${Math.max(t.top-N-Math.min(i,r),N)}px`:`${t.bottom+N}px`}say(t){this.said.textContent=t,this.said.hidden=!1,f(this.button.
el,"aria-description",t),clearTimeout(this.quiet),this.quiet=setTimeout(()=>{this.said.hidden=!0,f(this.button.el,"aria-description",null)},3e3)}};function E(n,t=3){if(Number.isNaN(n))return"nan";if(!Number.isFinite(n))return n<0?"-inf":"inf";if(n===0)return Object.is(n,-0)?"-0":"0";let e=Ut(n,t),s=Number(
e),i=Math.abs(s);return i>=.001&&i<1e4?String(s):e.replace(/\.?0*e\+?/,"e")}function b(n){return E(n,6)}function I(n,t=3){return Number(Ut(n,t))}function Ut(n,t){
let e=n.toExponential(100).replace(/0*(e.*)$/,"$1");return e.replace(/e.*|\D/g,"").length===t+1&&/[02468]\.?5e/.test(e)?e.replace(/5e/,"e"):n.toExponential(t-1)}
function M(n){let[t,e="0"]=String(n).split("e"),s=(t.split(".")[1]?.length??0)-Number(e);return n.toFixed(Math.min(Math.max(s,0),100))}function C(n,t,...e){let s=_(),i=c("button",{type:"button",class:"lrw-button lrw-close"},"Close"),o=c("dialog",{class:"lrw-dialog","aria-labelledby":s},c("div",
{class:"lrw-dialog-head"},c("h2",{id:s},t),i),c("div",{class:"lrw-dialog-body",tabindex:0,role:"region","aria-labelledby":s},...e));return i.addEventListener("c\
lick",()=>o.close()),o.addEventListener("pointerdown",r=>{if(r.target!==o)return;let{left:a,right:l,top:h,bottom:u}=o.getBoundingClientRect(),{clientX:p,clientY:d}=r;
(p<a||p>l||d<h||d>u)&&o.close()}),o.addEventListener("close",()=>o.remove()),n.append(o),o.showModal(),o}function Ht(n){let[,t="text/plain",e,s]=/^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(n)??[];if(s===void 0)throw new TypeError("not a data URL");return e?new Blob(
[Uint8Array.from(atob(s),i=>i.charCodeAt(0))],{type:t}):new Blob([decodeURIComponent(s)],{type:t})}function Wt(n,t,e){let s=URL.createObjectURL(t),i=c("a",{href:s,
download:e,hidden:!0});n.append(i),i.click(),i.remove(),setTimeout(()=>URL.revokeObjectURL(s),6e4)}async function Gt(n){try{return await navigator.clipboard.writeText(
n),!0}catch{return!1}}var He=[["On the marker, and on the edges of the bounds",[["← →","a step down, up: 5 %"],["Page Down, Page Up","a leap down, up: a quarter of a decade; so w\
ith Shift"],["Home, End","to the ends of the axis"],["Escape","while dragging: back to where it was"]]],["In the field Learning rate",[["↑ ↓","5 % up, down"],
["Enter","use what is written: 0.001, 1e-3 and 0,001 are all understood"],["Escape","back to where the marker stands"]]],["On a button",[["Tab","to the next one"],
["Enter, Space","press it"]]],["In the figure",[["Click on a point","the marker goes to its rate"],["Drag","zoom in"],["Double click","the whole figure again"]]]];
function Vt(n){let t=He.flatMap(([e,s])=>[c("h3",{},e),c("dl",{class:"lrw-keys"},...s.flatMap(([i,o])=>[c("dt",{},c("kbd",{},i)),c("dd",{},o)]))]);C(n,"Keyboard\
 and mouse",...t)}function Yt(n,t,e,s,i){let o=[],r=0;for(let d=0;d<n.length;d++)!(n[d]>=-e/2&&n[d]<=1.5*e)||!Number.isFinite(t[d])||(o.push(d),n[d]>=0&&n[d]<=e&&(r+=1));if(o.length<=
i)return o;let a=new Uint8Array(n.length);if(r<=i)for(let d of o)a[d]=n[d]>=0&&n[d]<=e?1:0;let l=Math.max(5,2*e/(.75*i/4));for(let d of We(o,n,t,l,s))a[d]=1;let h=o.
filter(d=>t[d]>=0&&t[d]<=s),u=i-o.reduce((d,m)=>d+a[m],0),p=[];for(let d=2.5;d<s&&(p=Ge(h,n,t,Math.min(d,l),d,e,s),!(p.length<=u));d*=1.25);if(p.length<=Math.max(
u,0))for(let d of p)a[d]=1;return o.filter(d=>a[d])}function We(n,t,e,s,i){let o=new Map,r=(a,l,h)=>{let u=o.get(a);(u===void 0||h*e[l]>h*e[u])&&o.set(a,l)};for(let a of n){
let l=4*Math.floor(t[a]/s);r(l,a,1),r(l+1,a,-1),!(e[a]<0||e[a]>i)&&(r(l+2,a,1),r(l+3,a,-1))}return o.values()}function Ge(n,t,e,s,i,o,r){let a=Math.ceil(r/i)+1,
l=new Uint8Array(a*(Math.ceil(2*o/s)+1));return n.filter(h=>{let u=a*Math.floor((t[h]+o/2)/s)+Math.floor(e[h]/i),p=l[u]===0;return l[u]=1,p})}var Ve=20,Ye=30,qe=64,Xe=1.5,Je=3,Ze=11,Qe=9,ts=560;function mt(n){let t=es(n);return{data:gt(n,t),layout:t}}function es({blank:n,series:t,overlay:e,theme:s,zoom:i,
banded:o,dragmode:r,width:a}){let l=ns(n.layout,s.layout),{axes:h}=t;l.yaxis.showticklabels=h!==null,h&&(l.yaxis.range=h.loss.slice(),Object.assign(l.yaxis2,{range:h.
change.slice(),tickvals:h.tickvals,ticktext:h.ticktext})),l.yaxis3&&(h?.metric&&(l.yaxis3.range=h.metric.slice()),l.yaxis3.tickfont.color=s.metric),l.annotations=
l.annotations.filter(({name:u})=>u!=="rate title"||o||a>=ts);for(let u of l.annotations)u.name==="metric heading"&&(u.font.color=s.metric);for(let[u,p]of Object.
entries(i))l[u]&&(l[u].range=p.slice());for(let u of yt(l))l[u].autorange=!1;return Object.assign(l,{width:a,dragmode:r}),Object.assign(l.xaxis,ss(l.xaxis,a-l.margin.
l-l.margin.r)),l.shapes=o&&e.band?[{...s.band,x0:e.band[0],x1:e.band[1]}]:[],l}function ss({type:n,range:t},e){let s=Math.abs(t[1]-t[0]),i={tickvals:null,ticktext:null,
dtick:null,nticks:0,tickfont:{size:Ze}};if(n==="log"&&s>Xe){let r=Math.max(1,Math.ceil(Ye*s/e));return{...i,tickmode:"linear",dtick:r,tickfont:{size:Qe}}}let o=n===
"log"?is(t):[];return o.filter(r=>Zt(Math.log10(r),t)).length>=Je?{...i,tickmode:"array",tickvals:o,ticktext:o.map(r=>E(r,1))}:{...i,tickmode:"auto",nticks:Math.
max(2,Math.min(8,Math.floor(e/qe)))}}function is(n){let[t,e]=[Math.floor(Math.min(...n))-1,Math.ceil(Math.max(...n))+1];return Array.from({length:e-t},(i,o)=>t+
o).flatMap(i=>[1,2,5].map(o=>+`${o}e${i}`))}function gt({blank:n,series:t,overlay:e,theme:s,most:i},o){let r=t.axes?.threshold??1,a=v=>Math.asinh(v/r),l=e.lr===
null?[]:[e.lr],h=Array.from(t.get("curveLr")),u=Array.from(t.get("change")),p=[qt(t.get("lr"),t.get("loss"),o,"yaxis",i),{x:h,y:Y(t.get("smoothed"))},{x:h,y:Y(u.
map(a)),customdata:u},{x:l,y:l.map(()=>e.loss)},{x:l,y:l.map(()=>a(e.change))},o.yaxis3&&qt(t.get("lr"),t.get("metric"),o,"yaxis3",i),{x:h,y:Y(t.get("smoothedMe\
tric"))}],{loss:d,metric:m,suggestion:y}=s,g=[d,d,s.change,y,y,m,m];return n.data.map((v,L)=>{let S={...structuredClone(v),...p[L],uid:`lrwidget-${L}`};return S.
marker&&(S.marker.color=g[L]),S.marker?.line&&(S.marker.line.color=s.paper),S.line&&(S.line.color=g[L]),S})}function wt(n,t){let e=n.get("curveLr");if(e.length===
0||!(t>=e[0]&&t<=e[e.length-1]))return null;let[s,i]=bt(e,t),o=i>s?(t-e[s])/(e[i]-e[s]):0,r=h=>h[s]+o*(h[i]-h[s]),a=r(n.get("smoothed")),l=Math.asinh(r(n.get("c\
hange"))/(n.axes?.threshold??1));return Number.isFinite(a)&&Number.isFinite(l)?{loss:a,change:l}:null}function bt(n,t){let[e,s]=[0,n.length-1];for(;s-e>1;){let i=e+
s>>1;n[i]<=t?e=i:s=i}return[e,s]}function Xt(n,t,e,s){let[i,o]=[null,Ve];for(let[r,a]of n.entries()){let l=Math.abs(e.d2p(a)-s);l>o||!Number.isFinite(t[r])||([i,
o]=[a,l])}return i}function Jt({data:n,layout:t},{series:e,theme:s},i,o){let r=[...t.shapes],a=[...t.annotations],l=[];o&&r.push({...s.bounds,x0:o[0],x1:o[1]});
let h=t.xaxis.type==="log"?Math.log10(i??1):i;if(i!==null&&Zt(h,t.xaxis.range)){let{line:u,ring:p,pill:d,heading:m}=s.static_marker,y=t.height-t.margin.t-t.margin.
b;r.push({...u,x0:i,x1:i,y1:1+m/y}),a.push({...d,x:h,yshift:m,text:`<b>${b(i)}</b>`});let g=wt(e,i);g&&(l.push({...p,x:[i],y:[g.loss],yaxis:"y"}),l.push({...p,x:[
i],y:[g.change],yaxis:"y2"}))}return{data:[...n,...l],layout:{...t,shapes:r,annotations:a}}}function Zt(n,t){return n!==null&&n>=Math.min(...t)&&n<=Math.max(...t)}
function qt(n,t,e,s,i){if(t.length<=i)return{x:Array.from(n.subarray(0,t.length)),y:Y(t)};let{width:o,height:r,margin:a,xaxis:l}=e,[h,u]=[o-a.l-a.r,r-a.t-a.b],[
p,d]=e[s].domain,m=l.type==="log"?Math.log10:x=>x,y=([x,Se],Le)=>Me=>(Me-x)/(Se-x)*Le,g=u*(d-p),[v,L]=[y(l.range,h),y(e[s].range,g)],S=Yt(n.map(x=>v(m(x))),t.map(
x=>g-L(x)),h,g,i);return{x:S.map(x=>n[x]),y:S.map(x=>t[x])}}function Y(n){return Array.from(n,t=>Number.isFinite(t)?t:null)}function yt(n){return["xaxis","yaxis",
"yaxis2","yaxis3"].filter(t=>t in n)}function ns(n,t){let e=structuredClone(n);for(let[s,i]of Object.entries(t)){let o=s.split("."),r=o.pop(),a=e;for(let l of o)
a[l]??={},a=a[l];a[r]=i}return e}function xt(n){if(n<9.95)return`${n.toFixed(1)} s`;let t=Math.round(n);if(t<60)return`${t} s`;let e=s=>String(s).padStart(2,"0");return t<3600?`${Math.floor(t/60)}\
 min ${e(t%60)} s`:`${Math.floor(t/3600)} h ${e(Math.floor(t%3600/60))} min`}function Qt(n){return n>0?n<.995?`${xt(1/n)} a step`:`${n<9.95?n.toFixed(1):Math.round(
n)} steps/s`:""}function D(n){return n<0?`−${E(-n)}`:E(n)}var os=100;function rs(n,t){return n<=t?Array.from({length:n},(e,s)=>s):Array.from({length:t},(e,s)=>Math.round(s*(n-1)/(t-1)))}function as(n,t,e=os){let[s,i,o]=[
n.get("lr"),n.get("loss"),n.get("curveLr")],r=n.get("metric"),a=t!==null&&r.length>0,l=[n.get("smoothed"),n.get("change"),...a?[n.get("smoothedMetric")]:[]],h=[
"Step","Learning rate","Loss","Smoothed loss","Change in loss per decade"];a&&h.push(t,`Smoothed ${t}`);let u=Math.min(s.length,i.length),p=rs(u,e).map(d=>{let m=l.
map(g=>kt(ls(o,g,s[d]))),y=a?[kt(r[d]),m[2]]:[];return{step:d+1,lr:E(s[d]),cells:[kt(i[d]),m[0],m[1],...y]}});return{headings:h,rows:p,count:u}}function ls(n,t,e){
let s=n.length-1,i=1e-9*e;if(s<0||e<n[0]-i||e>n[s]+i)return Number.NaN;let[o,r]=bt(n,e);if(r===o||e<=n[o])return t[o];if(e>=n[r])return t[r];let a=Math.log(e/n[o])/
Math.log(n[r]/n[o]);return t[o]+a*(t[r]-t[o])}function kt(n){return Number.isFinite(n)?D(n):"–"}function te(n,t,e,s){let{headings:i,rows:o,count:r}=as(t,e.offers.
metric_name),{choice:a}=e,l=a.suggested_lr===null?"There is no suggestion.":`Suggested: ${b(a.suggested_lr)}.`,h=o.length<r?`${o.length} of ${r} points, evenly \
chosen. `:`${r} points. `,u=c("button",{type:"button",class:"lrw-button"},"Save all as CSV");u.addEventListener("click",s);let p=c("table",{class:"lrw-table"},c(
"caption",{},`${h}${l}`),c("thead",{},c("tr",{},...i.map(d=>c("th",{scope:"col"},d)))),c("tbody",{},...o.map(({step:d,lr:m,cells:y})=>c("tr",{},c("td",{},String(
d)),c("th",{scope:"row"},m),...y.map(g=>c("td",{},g))))));C(n,"Points of the sweep",p,c("p",{},u))}var hs={json:"application/json",csv:"text/csv"},q=class{constructor({client:t,say:e,figure:s,root:i,now:o,tell:r}){this.client=t,this.say=e,this.figure=s,this.root=
i,this.now=o,this.tell=r}items(){let{rate:t,points:e,clear:s}=this.now().menu,{shows_bounds:i}=this.client.state.choice,{closed:o}=this.client.state;return[{name:"\
Bounds",on:!o,checked:i,does:()=>{this.say("show_bounds",{shown:!i})}},"line",{name:"Copy rate",on:t,does:()=>{this.copyRate()}},{name:"Copy code",on:t,does:()=>{
this.copyCode()}},"line",{name:"Export PNG",on:e,does:()=>{this.saveImage("png")}},{name:"Export SVG",on:e,does:()=>{this.saveImage("svg")}},{name:"Export CSV",
on:e,does:()=>{this.saveNumbers("csv")}},{name:"Export JSON",on:e,does:()=>{this.saveNumbers("json")}},"line",{name:"Table of points",on:e,does:()=>this.showTable()},
{name:"Keyboard help",does:()=>Vt(this.root)},"line",{name:"Clear",on:s,does:()=>{this.say("clear",{})}}]}copyRate(){let{lr:t}=this.client;return t===null?void 0:
this.copyText(b(t),"The learning rate")}async copyCode(){let{done:t,value:e}=await this.say("export",{format:"code"});t&&typeof e=="string"&&await this.copyText(
e,"Code that sets this rate")}async copyText(t,e){if(await Gt(t)){let i=t.trim();return this.tell(i.length>24||i.includes(`
`)?"Copied":`Copied ${i}`)}let s=c("textarea",{class:"lrw-copy",readonly:!0,rows:Math.min(t.split(`
`).length,12),"aria-label":e});s.value=t,C(this.root,e,c("p",{},"This page may not copy. Press Ctrl+C (⌘C) to copy what is selected."),s),s.focus(),s.select()}async saveImage(t){
try{this.saved(Ht(await this.figure.image(t)),t)}catch(e){this.tell(`No ${t.toUpperCase()}: ${e instanceof Error?e.message:e}`)}}async saveNumbers(t){let{done:e,
value:s}=await this.say("export",{format:t});e&&typeof s=="string"&&this.saved(new Blob([s],{type:hs[t]}),t)}saved(t,e){let s=`lr-range-test-${this.client.state.
sweep}.${e}`;Wt(this.root,t,s),this.tell(`Saved ${s}`)}showTable(){te(this.root,this.client.series,this.client.state,()=>{this.saveNumbers("csv")})}};var A=class{constructor({label:t,name:e,title:s,read:i,write:o,allowed:r,keys:a,commit:l}){this.read=i,this.write=o,this.allowed=r;let[h,u]=[_(),_()];this.input=
c("input",{id:h,class:"lrw-input",type:"text",inputmode:a,autocomplete:"off",autocapitalize:"off",spellcheck:"false",enterkeyhint:"done",placeholder:"–",title:s,
"aria-label":e,"aria-describedby":u,"data-lm-suppress-shortcuts":"true"}),this.complaint=c("span",{id:u,class:"lrw-complaint",hidden:!0}),this.el=c("span",{class:"\
lrw-field"},c("label",{class:"lrw-field-label",for:h,title:s},t),this.input,this.complaint),this.value=null,this.pending=null,this.text="",this.wrong=null,this.
on=!0,this.input.addEventListener("keydown",p=>{if(!p.isComposing){if(p.key==="Enter")l();else if(p.key==="Escape")this.revert();else return;p.preventDefault()}}),
this.input.addEventListener("input",()=>this.complain(null)),this.input.addEventListener("blur",()=>{this.changed&&this.input.value!==this.wrong&&l()})}get changed(){
return this.input.value!==this.text}get typed(){return this.changed?this.read(this.input.value):null}show(t,e){let s=t!==this.value;this.value=t,this.on=e,this.
input.readOnly=!e;let i=this.changed&&(T(this.input)===this.input||!s);e&&i||this.pending!==null&&e||this.revert()}revert(){this.complain(null),this.put(this.value)}put(t){
this.text=t===null?"":this.write(t),this.input.value!==this.text&&(this.input.value=this.text)}take(){if(!this.changed)return this.pending??this.value;if(this.input.
value.trim()==="")return this.revert(),this.value;let t=this.read(this.input.value);return this.complain(t===null?this.allowed:null),t}async send(t,e){let s={};
this.sent=s,this.pending=t,this.put(t);let{done:i,why:o}=await e;this.sent===s&&(this.pending=null,!this.changed&&(i?this.put(this.value):this.refuse(t,o)))}refuse(t,e){
this.put(this.value),this.input.value=this.write(t),this.complain(e??this.allowed)}complain(t){this.wrong=t===null?null:this.input.value,w(this.complaint,t??""),
this.complaint.hidden=t===null,f(this.input,"aria-invalid",t===null?null:"true")}};var cs=Math.log10(1.05),us=.25,ds=40,ps=8,fs=100,ms=10,gs=3,ee={ArrowLeft:{by:-1},ArrowDown:{by:-1},ArrowRight:{by:1},ArrowUp:{by:1},PageDown:{by:-1,leap:!0},PageUp:{
by:1,leap:!0},Home:{end:0},End:{end:1}};function J(n,t,e,s,i){let o=Object.hasOwn(ee,n)?ee[n]:null;if(!o)return null;if(o.end!==void 0)return X(i[o.end],i);let r=(o.
by??0)*se(s,!!o.leap||t);return K(s.type==="log"?e*10**r:e+r,s,i)}function K(n,t,e){if(!(n>e[0]))return X(e[0],e);if(!(n<e[1]))return X(e[1],e);let s=se(t,!1),i=(t.
type==="log"?n*(10**s-1):s)/4,o=gs;for(;o<6&&ie(n,o)>2*i;)o+=1;return X(I(n,o),e)}function se({type:n,range:t},e){let s=Math.abs(t[1]-t[0]);return n!=="log"?s/(e?
ms:fs):e?Math.min(us,s/ps):Math.min(cs,s/ds)}function ie(n,t){return 10**(Math.floor(Math.log10(n))-t+1)}function X(n,[t,e]){if(n>t&&n<e)return n;let s=n<=t?t:e,
i=I(s,6);if(i>=t&&i<=e)return i;let o=ie(s,6);return I(i<t?s+o:s-o,6)}var ne=/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;function Z(n){let t=n.trim().replace(/[\u2212\u2013]/g,"-").replace(",",".");if(!ne.test(t))return null;let e=I(Number(
t),6);return e>0&&Number.isFinite(e)?e:null}function oe(n){let t=n.trim();if(!ne.test(t))return null;let e=Number(t);return Number.isSafeInteger(e)&&e>=2?e:null}
function re(n,t,{limits:e,layout:s}){let i=s.xaxis.type==="log"?"log":"linear",[o,r]=e,a=i==="log"?[Math.log10(o),Math.log10(r)]:e;return J(n,!1,t,{type:i,range:a},
e)??t}var ws=.05,bs=1,ys="A rate is a number above 0, for example 1e-7.",Q=class{constructor(t){this.say=t;let e=()=>{this.commit()},s={read:Z,write:b,allowed:ys,keys:"\
decimal",commit:e};this.fields={start_lr:new A({...s,label:"Start",name:"Start",title:"First rate of the sweep"}),end_lr:new A({...s,label:"End",name:"End",title:"\
Last rate of the sweep"}),num_iter:new A({label:"Steps",name:"Steps",title:"Number of rates, one for each training step",read:oe,write:String,allowed:"Steps are\
 a whole number, 2 or more.",keys:"numeric",commit:e})},this.rule=new et("Rule","How a rate is picked from the curve; no new sweep is needed",a=>t("rule",{rule:a})),
this.on=new et("On","What the rule judges",a=>t("on",{on:a==="metric"?"metric":"loss"})),this.smoothing=new vt(a=>t("bandwidth",{bandwidth:a})),this.bounds=new k(
{name:"Bounds",text:"Bounds",icon:"off",kind:"lrw-toggle",title:"Show the range for a cyclical schedule, base to maximum rate, with edges to drag",press:()=>{t(
"show_bounds",{shown:this.bounds.el.getAttribute("aria-pressed")!=="true"})}}),this.summary=c("span"),this.own=c("p",{class:"lrw-hint"},"The rates are your own \
list, so start, end and steps are fixed.");let{start_lr:i,end_lr:o,num_iter:r}=this.fields;this.el=c("details",{class:"lrw-settings"},c("summary",{},c("span",{class:"\
lrw-unseen"},"Settings: "),this.summary),c("div",{class:"lrw-fields",role:"group","aria-label":"Settings"},i.el,o.el,r.el,this.rule.el,this.on.el,this.smoothing.
el,this.bounds.el),this.own)}show(t,e){let{choice:s,offers:i,plan:o}=t;w(this.summary,t.words.summary),this.fields.start_lr.show(o.start_lr,e.plan),this.fields.
end_lr.show(o.end_lr,e.plan),this.fields.num_iter.show(o.num_iter,e.plan),this.own.hidden=!e.own;let r=!t.closed;this.rule.show(i.rules.map(({name:l,words:h})=>({
value:l,text:l,words:h})),s.rule,r),this.on.el.hidden=i.metric_name===null;let a={value:"metric",text:i.metric_name??"metric",words:"Higher is better"};this.on.
show([{value:"loss",text:"loss",words:"Lower is better"},a],s.on,r),this.smoothing.show(s.bandwidth,r),this.bounds.show({there:!0,on:r,icon:s.shows_bounds?"on":
"off"}),f(this.bounds.el,"aria-pressed",String(s.shows_bounds))}commit(){if(!Object.values(this.fields).some(u=>u.changed))return!0;let{start_lr:e,end_lr:s,num_iter:i}=this.
fields,[o,r,a]=[e.take(),s.take(),i.take()];if(o!==null&&r!==null&&o>=r)return e.changed?e.complain(`Start must be below End, which is ${b(r)}.`):s.complain(`En\
d must be above Start, which is ${b(o)}.`),!1;if(o===null||r===null||a===null)return!1;let l={};e.changed&&(l.start_lr=o),s.changed&&(l.end_lr=r),i.changed&&(l.
num_iter=a);let h=this.say("plan",l);return l.start_lr!==void 0&&e.send(o,h),l.end_lr!==void 0&&s.send(r,h),l.num_iter!==void 0&&i.send(a,h),!0}plan(){let[t,e,s]=Object.
values(this.fields).map(i=>i.take());return t===null||e===null||s===null?null:{start_lr:t,end_lr:e,num_iter:s}}showWrong(){let t=Object.values(this.fields).find(
e=>e.input.getAttribute("aria-invalid"));t&&(this.el.open=!0,t.input.focus())}},tt=class{constructor(){this.asked=null}async until(t,e){let s={};this.asked=s,await t,
this.asked===s&&(this.asked=null,e())}},et=class extends tt{constructor(t,e,s){super();let[i,o]=[_(),_()];this.select=c("select",{id:i,class:"lrw-input",title:e,
"aria-describedby":o}),this.words=c("span",{id:o,class:"lrw-hint"}),this.el=c("span",{class:"lrw-field"},c("label",{class:"lrw-field-label",for:i,title:e},t),this.
select,this.words),this.options=[],this.value="",this.select.addEventListener("change",()=>{this.explain(),this.until(s(this.select.value),()=>this.put())})}show(t,e,s){
this.select.disabled=!s;let i=t.some(r=>r.value===e)?t:[...t,{value:e,text:e,words:""}],o=i.length===this.options.length&&i.every(({value:r,text:a},l)=>this.options[l].
value===r&&this.options[l].text===a);this.options=i,o||this.select.replaceChildren(...i.map(({value:r,text:a})=>c("option",{value:r},a))),this.value=e,this.asked||
this.put()}put(){this.select.value!==this.value&&(this.select.value=this.value),this.explain()}explain(){let t=this.options.find(({value:e})=>e===this.select.value);
w(this.words,t?.words??"")}},vt=class extends tt{constructor(t){super();let e=_(),s="Width of the smoothing in decades of the learning rate; 0 is none";this.rail=
c("input",{id:e,class:"lrw-rail",type:"range",min:0,step:ws,title:s}),this.number=c("span",{class:"lrw-number","aria-hidden":"true"}),this.el=c("span",{class:"l\
rw-field"},c("label",{class:"lrw-field-label",for:e,title:s},"Smoothing"),c("span",{class:"lrw-smoothing"},this.rail,this.number)),this.value=0,this.rail.addEventListener(
"input",()=>{let i=Number(this.rail.value);this.write(i),this.until(t(i),()=>this.put())})}show(t,e){this.rail.disabled=!e,this.value=t,f(this.rail,"max",Math.max(
bs,Math.ceil(t))),this.asked||this.put()}put(){Number(this.rail.value)!==this.value&&(this.rail.value=String(this.value)),this.write(this.value)}write(t){let e=String(
Number(t.toPrecision(3)));w(this.number,e),f(this.rail,"aria-valuetext",t===0?"none":`${e} decades`)}};var xs={hello:"",run:"Run",pause:"Pause",resume:"Resume",stop:"Stop",accept:"Accept",undo:"Undo",clear:"Clear",move:"the learning rate",bounds:"the bounds",show_bounds:"\
Bounds",plan:"the settings",rule:"Rule",bandwidth:"Smoothing",on:"On",export:"the export"};function ae(n,t){let{can:e,choice:s}=n,i=n.state==="running"||n.state===
"paused",o=(...h)=>h.some(u=>t.waiting.includes(u)),r=t.typed??t.lr,a=!i&&r!==null&&r===s.accepted_lr,l=n.state==="idle"&&t.lr===null&&!e.undo&&!e.accept;return{
run:{...ks(n),waits:o("run","pause","resume")},stop:{there:i,on:e.stop,waits:o("stop")},suggestion:{there:!i&&e.move&&s.suggested_lr!==null&&t.lr!==s.suggested_lr,
on:e.move,title:s.suggested_lr===null?"":`Back to the suggestion, ${b(s.suggested_lr)}`},undo:{there:!i&&e.undo,on:e.undo,waits:o("undo")},accept:{there:!l,on:!i&&
!a&&r!==null&&(e.accept||e.move),text:a?"Accepted":"Accept",waits:o("accept")},rate:{there:!l,lr:t.lr,on:e.move},status:vs(n,t,i),settings:{plan:!i&&!n.closed&&
n.plan.step_mode!=="list",own:n.plan.step_mode==="list"},menu:{rate:t.lr!==null,points:n.progress.step>0,clear:e.clear}}}function ks({state:n,can:t,progress:e}){
if(n==="running")return{name:"Pause",text:"Pause",there:!0,on:t.pause,main:!0};if(n==="paused")return{name:"Resume",text:"Resume",there:!0,on:t.resume,main:!0};
let s=n!=="idle"&&e.step>0;return{name:"Run",text:s?"Run again":"Run",there:!0,on:t.run,main:!s}}function vs(n,t,e){let{words:s}=n,i=Ss(t.waiting,n.deaf),o=n.state===
"failed",r=_s(n,t.refused,o),a=r.some(u=>u.refused),l={waiting:i,notes:r,marked:i!==""||!a};if(e){let u=n.state==="paused",p=s.tone==="quiet"?"running":s.tone;return{
...l,tone:i?"waiting":a?"error":u?"paused":p,headline:"",text:"",progress:Es(n)}}let h=i!=="";return{...l,tone:i?"waiting":a||o?"error":s.tone,headline:h?"":s.headline,
text:h?"":s.text,progress:null}}function _s({words:n},t,e){let s=n.notes.map((o,r)=>({text:o,refused:t!==null&&o.includes(t)?!0:r===0&&n.tone==="error"&&!e}));return t===
null||[n.headline,n.text,...n.notes].some(o=>o.includes(t))?s:[{text:t,refused:!0},...s]}function Es({state:n,progress:t}){let{step:e,num_iter:s,seconds_left:i,
loss:o,best_loss:r,steps_per_second:a}=t,l=n==="running";return{count:`${l?"":"Paused at "}${e} of ${s}`,fraction:s>0?Math.min(e/s,1):0,left:l&&i!==null?`${xt(i)}\
 left`:"",loss:o===null?"":D(o),best:r===null?"":D(r),speed:l&&a!==null?Qt(a):""}}function Ss(n,t){if(n.length===0)return"";let e=[...new Set(n.map(i=>xs[i]))].
filter(i=>i!=="");return`Waiting for the kernel${e.length>0?` to answer: ${e.join(", ")}`:" to answer"}.${t?" The cell that runs must end first.":""}`}var Ls={quiet:null,running:null,paused:"pause",good:"accept",warning:"warning",error:"error",waiting:"waiting"},st=class{constructor(){this.icon=z("warning"),this.
headline=c("strong",{class:"lrw-headline"}),this.text=c("span",{class:"lrw-text"}),this.count=c("span",{class:"lrw-count"}),this.done=c("span",{class:"lrw-done"}),
this.bar=c("span",{class:"lrw-bar",role:"progressbar","aria-label":"Progress of the sweep","aria-valuemin":0,"aria-valuemax":100},this.done),this.left=c("span",
{class:"lrw-left"}),this.loss=c("b"),this.best=c("span"),this.losses=c("span",{class:"lrw-losses"},"loss ",this.loss,this.best),this.speed=c("span",{class:"lrw-\
speed"}),this.progress=c("span",{class:"lrw-progress"},this.count,this.bar,this.left,this.losses,this.speed),this.waiting=c("span",{class:"lrw-waiting"}),this.line=
c("div",{class:"lrw-line"},this.icon,this.headline,this.progress,this.text,this.waiting),this.notes=c("ul",{class:"lrw-notes",hidden:!0}),this.noted="",this.told=
c("div",{class:"lrw-told",role:"status","aria-live":"polite"}),this.el=c("div",{class:"lrw-status"},this.line,this.notes,this.told)}show(t,e){f(this.el,"data-to\
ne",t.tone);let s=t.marked?Ls[t.tone]:null;s&&F(this.icon,s),f(this.icon,"hidden",s===null),w(this.headline,t.headline),w(this.text,t.text),w(this.waiting,t.waiting),
this.progress.hidden=t.progress===null,t.progress&&this.showProgress(t.progress,t.waiting!=="");let i=JSON.stringify(t.notes);i!==this.noted&&(this.noted=i,this.
notes.replaceChildren(...t.notes.map(({text:o,refused:r})=>r?c("li",{class:"is-refused"},z("error"),o):c("li",{},o)))),this.notes.hidden=t.notes.length===0,w(this.
told,e)}showProgress(t,e){w(this.count,t.count);let s=Math.round(100*t.fraction);f(this.bar,"aria-valuenow",s),f(this.bar,"aria-valuetext",t.count),this.done.style.
transform=`scaleX(${t.fraction})`,w(this.left,e?"":t.left),w(this.loss,t.loss),w(this.best,t.best===""?"":`, best ${t.best}`),this.losses.hidden=e||t.loss==="",
w(this.speed,e?"":t.speed)}};var _t={Run:{icon:"run",press:"run",title:"Sweep the learning rate; everything is given back afterwards"},Pause:{icon:"pause",press:"pause",title:"Hold the swee\
p; Resume goes on from there"},Resume:{icon:"run",press:"resume",title:"Go on with the sweep"}},it=class{constructor(t,e,s){this.client=t,this.move=s,this.run=new k(
{name:"Run",text:"Run",icon:"run",kind:"lrw-run",title:_t.Run.title,press:()=>e(_t[this.run.name].press)}),this.stop=new k({name:"Stop",text:"Stop",icon:"stop",
kind:"lrw-stop",title:"End the sweep; everything is given back",press:()=>e("stop")}),this.suggestion=new k({name:"Back to the suggestion",text:"suggestion",icon:"\
back",kind:"lrw-suggestion",press:()=>e("suggestion")}),this.undo=new k({name:"Undo",text:"Undo",icon:"undo",kind:"lrw-undo",title:"Give the optimizer back the \
rates that it had before Accept",press:()=>e("undo")}),this.rate=new A({label:"learning rate",name:"Learning rate",title:"Where the marker stands, and what Acce\
pt writes into the optimizer",read:Z,write:b,allowed:"A learning rate is a number above 0, for example 0.001 or 1e-3.",keys:"decimal",commit:()=>{this.commit()}}),
this.rate.el.classList.add("lrw-rate"),f(this.rate.input,"role","spinbutton"),this.rate.input.addEventListener("keydown",i=>this.step(i)),this.accept=new k({name:"\
Accept",text:"Accept",icon:"accept",kind:"lrw-accept",title:"Write the learning rate into the optimizer",press:()=>e("accept")}),this.el=c("div",{class:"lrw-too\
lbar",role:"group","aria-label":"Learning-rate range test"},c("span",{class:"lrw-side"},this.run.el,this.stop.el),c("span",{class:"lrw-side lrw-way"},this.suggestion.
el,this.undo.el),c("span",{class:"lrw-side lrw-choice"},this.rate.el,this.accept.el))}show(t){this.keepFocus(t);let{icon:e,title:s}=_t[t.run.name];this.run.show(
{...t.run,icon:e,title:s}),this.stop.show(t.stop),this.suggestion.show(t.suggestion),this.undo.show(t.undo),this.accept.show(t.accept),this.el.classList.toggle(
"is-plain",!t.rate.there),this.el.classList.toggle("is-busy",t.stop.there),this.rate.show(t.rate.lr,t.rate.on);let[i,o]=this.client.blank.limits,{input:r}=this.
rate;f(r,"aria-valuenow",t.rate.lr===null?null:M(t.rate.lr)),f(r,"aria-valuemin",M(i)),f(r,"aria-valuemax",M(o)),f(r,"aria-valuetext",t.rate.lr===null?"none yet":
b(t.rate.lr))}keepFocus(t){let e=T(this.el);e===this.stop.el&&!t.stop.there?this.run.el.focus({preventScroll:!0}):e===this.suggestion.el&&!t.suggestion.there?this.
rate.input.focus({preventScroll:!0}):e===this.undo.el&&!t.undo.there?this.accept.el.focus({preventScroll:!0}):!t.rate.there&&this.el.lastElementChild?.contains(
e)&&this.run.el.focus({preventScroll:!0})}commit(){if(!this.rate.on)return!0;let t=this.rate.take();return t===null?!this.rate.changed:(this.rate.changed&&t!==this.
client.lr?this.choose(t):this.rate.revert(),!0)}async choose(t){this.rate.complain(null),this.rate.put(t);let{done:e,why:s}=await this.move(t);!e&&!this.rate.changed&&
this.rate.on&&this.rate.refuse(t,s)}step(t){if(t.key!=="ArrowUp"&&t.key!=="ArrowDown"||t.ctrlKey||t.metaKey||t.altKey||t.shiftKey||(t.preventDefault(),!this.rate.
on))return;let e=this.rate.take();if(e===null)return;let s=re(t.key,e,this.client.blank);s!==this.client.lr&&this.choose(s)}};function he(n,t,e){let s=!1,i=!1,o=async()=>{i=!0;try{for(let r=performance.now();s&&!e.aborted;){if(await le(e),performance.now()-r<t())continue;if(await Et(0,
e),e.aborted)break;s=!1;let a=performance.now();await n(),await le(e),await Et(0,e),r=performance.now(),await Et(r-a,e)}}finally{i=!1}};return()=>{s=!0,!i&&!e.aborted&&
o()}}function ce(n,t,e){let s=null;return e.addEventListener("abort",()=>clearTimeout(s??void 0),{once:!0}),()=>{e.aborted||(s??=setTimeout(()=>{s=null,t()},n))}}
function le(n){return ue(t=>{let e=requestAnimationFrame(t);return()=>cancelAnimationFrame(e)},n)}function Et(n,t){return ue(e=>{let s=setTimeout(e,n);return()=>clearTimeout(
s)},t)}function ue(n,t){return new Promise(e=>{let s=n(()=>{t.removeEventListener("abort",i),e()}),i=()=>{s(),e()};t.addEventListener("abort",i,{once:!0}),t.aborted&&
i()})}var Ms=2,O=class{lr=null;#t=null;#s=new Map;#e=[];constructor(t,e,s){this.place_=e,this.look=s,this.el=document.createElement("div"),this.el.className=`lrwidget\
-marker ${s.className??""}`.trim(),this.el.tabIndex=0,this.el.setAttribute("role","slider"),this.el.setAttribute("aria-label",s.name),this.el.setAttribute("aria\
-orientation","horizontal"),this.el.setAttribute("data-lm-suppress-shortcuts","true");for(let o=0;s.heights&&o<Ms;o++){let r=document.createElement("span");r.className=
"lrwidget-marker-ring",this.#e.push(r),this.el.append(r)}this.readout=document.createElement("span"),this.readout.className="lrwidget-marker-readout",this.readout.
setAttribute("aria-hidden","true"),this.el.append(this.readout),t.append(this.el);let{signal:i}=e;this.el.addEventListener("pointerdown",o=>this.#a(o),{signal:i}),
this.el.addEventListener("pointermove",o=>this.#h(o),{signal:i}),this.el.addEventListener("pointerup",o=>this.#u(o),{signal:i}),this.el.addEventListener("pointe\
rcancel",()=>this.cancel(),{signal:i}),this.el.addEventListener("lostpointercapture",()=>this.cancel(),{signal:i}),this.el.addEventListener("keydown",o=>this.#d(
o),{signal:i}),i.addEventListener("abort",()=>this.cancel()),this.place()}get dragging(){return this.#t!==null}set(t){this.dragging||(this.lr=t,this.place())}place(){
let t=this.place_.axis(),{lr:e}=this;e===null||!t?this.el.hidden=!0:(this.el.hidden=!1,this.#r(e,t),this.#i(e)),this.look.placed?.()}#r(t,e){let{top:s,height:i,
width:o}=this.place_.panels(),r=e.d2p(t),a=Math.min(Math.max(r,0),e._length),l=Math.abs(a-r)>1;this.el.classList.toggle("is-outside",l),this.el.style.transform=
`translateX(${e._offset+a}px)`,this.el.style.top=`${s}px`,this.el.style.height=`${i}px`;let h=l?[]:this.look.heights?.(t)??[];this.#e.forEach((g,v)=>{g.hidden=!(h[v]>=
0),g.hidden||(g.style.transform=`translateY(${h[v]-s}px)`)}),this.readout.textContent=`${this.look.prefix??""}${b(t)}`;let u=this.look.side??0,p=this.#n()/2+2,d=e.
_offset+a+u*p,m=Math.max(p-d,0),y=Math.max(p-(o-d),0);this.readout.style.marginLeft=`${u*p+m-y}px`}#i(t){let[e,s]=this.#o();this.el.setAttribute("aria-valuemin",
M(e)),this.el.setAttribute("aria-valuemax",M(s)),this.el.setAttribute("aria-valuenow",M(t)),this.el.setAttribute("aria-valuetext",b(t)),this.el.setAttribute("ar\
ia-disabled",String(!this.place_.movable()))}#n(){let t=this.readout.textContent.replace(/\d/g,"0"),e=this.#s.get(t)??this.readout.offsetWidth;return e>0&&this.#s.
set(t,e),e}#o(){return(this.look.limits??this.place_.limits)()}#a(t){if(t.button!==0||this.lr===null||this.dragging||(t.preventDefault(),t.stopPropagation(),this.
el.focus({preventScroll:!0}),!this.place_.movable()))return;this.el.setPointerCapture(t.pointerId);let e=this.el.getBoundingClientRect(),s=this.el.offsetParent??
this.el.parentElement,{left:i}=s.getBoundingClientRect(),o=t.clientX-(e.left+e.width/2)+i;this.#t={pointer:t.pointerId,offset:o,from:this.lr},this.el.classList.
add("is-dragging")}#h(t){let e=this.place_.axis();if(t.pointerId!==this.#t?.pointer||!e)return;let s=t.clientX-this.#t.offset-e._offset,i=K(e.p2d(Math.min(Math.
max(s,0),e._length)),e,this.#o());i!==this.lr&&(this.lr=i,this.place(),this.look.dragged?.(i))}#u(t){if(t.pointerId!==this.#t?.pointer)return;let{from:e}=this.#t;
this.#l(),this.lr!==e&&this.lr!==null&&this.look.chosen(this.lr),this.look.dragged?.(null)}cancel(){if(!this.#t)return;let{from:t}=this.#t;this.#l(),this.set(t),
this.look.dragged?.(null)}#l(){let t=this.#t?.pointer;this.#t=null,t!==void 0&&this.el.hasPointerCapture(t)&&this.el.releasePointerCapture(t),this.el.classList.
remove("is-dragging")}#d(t){if(t.key==="Escape"&&this.dragging)return t.stopPropagation(),this.cancel();let e=this.place_.axis();if(this.lr===null||this.dragging||
!e||t.ctrlKey||t.metaKey||t.altKey)return;let s=J(t.key,t.shiftKey,this.lr,e,this.#o());s!==null&&(t.preventDefault(),t.stopPropagation(),!(s===this.lr||!this.place_.
movable())&&(this.set(s),this.look.chosen(s)))}};var de="lrwidget-bound",nt=class{constructor(t,e,s){this.place_=e,this.band=document.createElement("div"),this.band.className="lrwidget-band",t.append(this.band);
let i=()=>{this.base.lr!==null&&this.max.lr!==null&&s([this.base.lr,this.max.lr])},o=()=>this.#t();this.base=new O(t,e,{name:"Base learning rate",className:de,prefix:"\
base ",side:-1,limits:()=>[e.limits()[0],this.max?.lr??e.limits()[1]],chosen:i,placed:o}),this.max=new O(t,e,{name:"Maximum learning rate",className:de,prefix:"\
max ",side:1,limits:()=>[this.base?.lr??e.limits()[0],e.limits()[1]],chosen:i,placed:o}),this.set(null)}set(t){this.base.set(t?.[0]??null),this.max.set(t?.[1]??
null)}get dragging(){return this.base.dragging||this.max.dragging}cancel(){this.base.cancel(),this.max.cancel()}place(){this.base.place(),this.max.place()}#t(){
let t=this.place_.axis(),[e,s]=[this.base?.lr??null,this.max?.lr??null];if(this.band.hidden=e===null||s===null||!t,e===null||s===null||!t)return;let i=l=>Math.min(
Math.max(t.d2p(l),0),t._length),{top:o,height:r}=this.place_.panels(),a=i(e);this.band.style.left=`${t._offset+a}px`,this.band.style.width=`${Math.max(i(s)-a,0)}\
px`,this.band.style.top=`${o}px`,this.band.style.height=`${r}px`}};var As=900,pe=5;function me(n,t,e,s,i){n.on("plotly_relayout",h=>{let u={...e()};for(let p of yt(n._fullLayout))h[`${p}.autorange`]?delete u[p]:(`${p}.range[0]`in
h||`${p}.range`in h)&&(u[p]=n._fullLayout[p].range.slice());s.zoomed(u,h.dragmode)}),n.on("plotly_relayouting",s.moving);let o={x:0,y:0,moved:0,touch:!1,here:!1};
window.addEventListener("pointerdown",h=>{let{clientX:u,clientY:p,pointerType:d}=h,m=h.composedPath().includes(t)&&!fe(h);Object.assign(o,{x:u,y:p,moved:0,touch:d===
"touch",here:m})},{signal:i,capture:!0}),window.addEventListener("pointerup",h=>{o.moved=Math.hypot(h.clientX-o.x,h.clientY-o.y)},{signal:i,capture:!0});let r=Number.
NEGATIVE_INFINITY,a=Number.NEGATIVE_INFINITY;n.on("plotly_click",({event:h})=>{let u=h!==void 0&&(h.detail>1||h.timeStamp<=a);o.moved>pe||u||s.clicked(o.x)&&(r=
performance.now())});let l=()=>{a=performance.now(),performance.now()-r<As&&s.unclicked(),r=Number.NEGATIVE_INFINITY,s.unzoomed()};window.addEventListener("mous\
eup",({detail:h})=>{h===2&&o.here&&o.moved<=pe&&l()},{signal:i,capture:!0}),t.addEventListener("dblclick",h=>fe(h)||l(),{signal:i}),n.on("plotly_doubleclick",()=>o.
touch&&l())}function fe(n){return n.composedPath().some(t=>t instanceof Element&&t.classList.contains("modebar"))}var Ts='style[id^="plotly.js-style"]',ge="data-lrwidget-plotly";function we(n){let t=n.getRootNode();if(!(t instanceof ShadowRoot))return;let i=[...document.head.
querySelectorAll(Ts)].flatMap(({sheet:r})=>[...r?.cssRules??[]]).map(r=>r.cssText).join(`
`),o=t.querySelector(`style[${ge}]`);o||(o=document.createElement("style"),o.setAttribute(ge,""),t.prepend(o)),o.textContent!==i&&(o.textContent=i)}var be="http://www.w3.org/2000/svg";var ve=new Set(["loss","metric"]);function _e(n){return n.map(t=>ve.has(t.name)?{...t,marker:{...t.marker,maxdisplayed:1}}:t)}function St(n,t){return t.every(e=>{
if(e.x.length===0)return!0;let s=i=>n.querySelector(`.trace${e.uid} ${i}`);if(ve.has(e.name)){let i=s(".points");if(!i)return!1;let{color:o,opacity:r,size:a}=e.
marker,l={stroke:o,strokeOpacity:r,strokeWidth:`${a}px`};ye(i,l,xe(e,n._fullLayout,Ns))}else if(e.mode==="lines"){let i=s(".lines");if(!i)return!1;let{color:o,width:r}=e.
line,a=s(".js-line")?.style.strokeDasharray??"",l={stroke:o,strokeWidth:`${r}px`,strokeDasharray:a};ye(i,l,xe(e,n._fullLayout,Os))}return!0})}function ye(n,t,e){
let s=n.querySelector(".lrwidget-strokes");for(s||(s=document.createElementNS(be,"g"),s.setAttribute("class","lrwidget-strokes"),n.prepend(s)),Object.assign(s.style,
t);s.childElementCount<e.length;)s.append(document.createElementNS(be,"path"));[...s.children].forEach((i,o)=>{let r=e[o]??"";i.getAttribute("d")!==r&&i.setAttribute(
"d",r)})}function xe({x:n,y:t,line:e,yaxis:s="y"},i,o){let[r,a]=[i.xaxis,i[s.replace("y","yaxis")]],l=Math.ceil(r._length/64),h=e?.dash!==void 0,u=Array(h?1:l+2).
fill(""),p=null;return n.forEach((d,m)=>{let y=t[m];if(y===null){p=null;return}let g=ke(r.d2p(d)),v=h?0:Math.min(Math.max(Math.floor(g/64),-1),l)+1,L={strip:v,place:`${g}\
,${ke(a.d2p(y))}`};u[v]+=o(L,p),p=L}),u}function Ns({place:n}){return`M${n}h0`}function Os({strip:n,place:t},e){return e?n===e.strip?`L${t}`:`M${e.place}L${t}`:
`M${t}`}function ke(n){return Math.round(10*n)/10}var Rs=512,Ee=250,Lt=1e3,Is=860,Cs="Loss and change in loss over the learning rate",ot=class{#t=null;#s=null;#e={};#r="zoom";#i=!0;#n=!1;#o=null;#a=null;#h=-1;#u=Number.
NEGATIVE_INFINITY;constructor(t,e,s){this.client=e,this.signal=s,this.stage=document.createElement("div"),this.stage.className="lrwidget-stage",this.stage.setAttribute(
"role","group"),this.graph=document.createElement("div"),t.append(this.stage);let i={axis:()=>this.graph._fullLayout?.xaxis,panels:()=>$s(this.graph),limits:()=>this.
client.blank.limits,movable:()=>this.client.state.can.move,signal:s};if(this.marker=new O(this.stage,i,{name:"Learning rate marker",chosen:r=>this.#m(r),dragged:r=>this.
client.drag(r),heights:r=>this.#v(r)}),this.bounds=new nt(this.stage,i,r=>{e.say("bounds",{bounds:r})}),this.stage.append(this.graph),this.draw=he(()=>this.#E(),
()=>this.#_(),s),this.later=ce(Lt,this.draw,s),s.aborted){this.#k();return}this.#p(),this.#f(),e.subscribe(r=>this.#d(r),s);let o=new ResizeObserver(this.draw);
o.observe(this.stage),G(this.draw,s),s.addEventListener("abort",()=>{o.disconnect(),this.#k()}),this.#l()}async image(t){let e=this.#t??await this.client.plotly(),
s=this.#w(),i=this.#c,{data:o,layout:r}=Jt(mt(s),s,this.client.lr,i);r.paper_bgcolor=s.theme.paper;let{width:a,height:l}=r;return e.toImage({data:o,layout:r},{format:t,
width:a,height:l,scale:t==="png"?2:1})}async#l(){try{let t=await this.client.plotly();if(this.signal.aborted)return;this.#t=t,this.#s=this.#T(t)}catch(t){if(this.
signal.aborted)return;let e=t instanceof Error?t.message:String(t);this.graph.textContent=`The figure could not be loaded: ${e}. The sweep itself is not affecte\
d.`;return}this.draw()}#d(t){t==="blank"&&(this.#e={},this.#p()),t==="state"&&this.client.state.sweep!==this.#h&&(this.#h=this.client.state.sweep,this.marker.cancel(),
this.bounds.cancel()),t==="hand"&&(this.#u=performance.now()),t!=="points"&&this.#f(),this.draw()}#p(){let{layout:t,limits:e}=this.client.blank;this.stage.style.
height=`${t.height}px`,this.stage.classList.toggle("has-metric","yaxis3"in t),this.stage.setAttribute("aria-label",`${Cs}, ${E(e[0])} to ${E(e[1])}`)}#f(){this.
marker.set(this.client.lr),this.bounds.set(this.#c)}get#c(){return this.client.state.choice.shows_bounds?this.client.bounds:null}#m(t){this.client.say("move",{lr:t})}#v(t){
let{yaxis:e,yaxis2:s}=this.graph._fullLayout,i=wt(this.client.series,t),o=(r,a)=>{let l=r.d2p(a);return l>=0&&l<=r._length?r._offset+l:Number.NaN};return i?[o(e,
i.loss),o(s,i.change)]:[]}#_(){return this.graph._dragging?Number.POSITIVE_INFINITY:this.#g?Ee:0}get#g(){let t=performance.now()-this.#u;return this.marker.dragging||
this.bounds.dragging||t<Ee}#w(){let{blank:t,series:e,state:s}=this.client,{theme:i,paper:o}=W(this.stage),{marker:r,pill:a,bound:l,bound_pill:h}=t.themes[i],u={
paper:o??t.themes[i].paper,marker:r,pill:a,bound:l,"bound-pill":h};for(let[p,d]of Object.entries(u)){let{style:m}=this.stage;m.getPropertyValue(`--lrw-${p}`)!==
d&&m.setProperty(`--lrw-${p}`,d)}return{blank:t,series:e,overlay:s.overlay,theme:t.themes[i],zoom:this.#e,banded:this.#c===null,dragmode:this.#r,width:this.stage.
clientWidth||Is,most:Rs}}async#E(){if(!this.#t||this.signal.aborted||this.stage.clientWidth===0)return;let t=this.#w(),{axes:e,version:s}=t.series,i={...t,overlay:JSON.
stringify(t.overlay),axes:e},o=Object.keys(i).filter(h=>i[h]!==this.#o?.parts[h]);if(o.length===0&&this.#A(t))return;let r=o.every(h=>h==="axes"||h==="overlay");
if(this.#o&&r&&this.#g&&performance.now()-this.#o.since<Lt)return this.later();let{data:a,layout:l}=mt(t);if(await this.#t.react(this.graph,this.#i?_e(a):a,l,this.#s),
this.signal.aborted)return this.#t.purge(this.graph);this.#n||this.#S(),this.#o={parts:i,layout:l,plotly:s,version:s,since:performance.now()},this.#y()}#S(){this.#n=
!0,we(this.stage);for(let e of this.graph.querySelectorAll(".main-svg"))e.setAttribute("aria-hidden","true");let t={zoomed:(e,s)=>{this.#e=e,this.#r=s??this.#r,
this.#y(),this.draw()},moving:()=>this.#x(),clicked:e=>this.#L(e),unclicked:()=>this.#M(),unzoomed:()=>this.#b()};me(this.graph,this.stage,()=>this.#e,t,this.signal)}#L(t){
let{client:e,graph:s}=this,{xaxis:i}=s._fullLayout,o=t-s.getBoundingClientRect().left-i._offset,r=Xt(e.series.get("lr"),e.series.get("loss"),i,o);return r===null||
!e.state.can.move?!1:(this.#a=e.lr,this.#m(K(r,i,e.blank.limits)),!0)}#M(){let{can:t,choice:e}=this.client.state,s=this.#a===e.suggested_lr?null:this.#a;t.move&&
this.client.say("move",{lr:s})}#b(){this.#e={},this.draw()}#A(t){let e=this.#o,{version:s}=t.series;if(!e)return!1;if(e.plotly===s)return!0;let i=performance.now()-
e.since>Lt;if(!this.#i||i&&!this.#g)return!1;if(this.later(),e.version===s)return!0;e.version=s;let o=St(this.graph,gt(t,e.layout));return this.marker.place(),o}#y(){
if(this.#i&&!St(this.graph,this.graph.data)){this.#i=!1;for(let t of this.stage.querySelectorAll(".lrwidget-strokes"))t.remove();this.#o=null,this.draw()}this.#x()}#x(){
this.bounds.place(),this.marker.place()}#T(t){return{displaylogo:!1,showTips:!1,displayModeBar:"hover",responsive:!1,doubleClick:!1,modeBarButtons:[["zoom2d","p\
an2d","zoomIn2d","zoomOut2d",{name:"resetZoom",title:"Reset the zoom",icon:t.Icons.home,click:()=>this.#b()}]]}}#k(){this.#n&&this.#t.purge(this.graph),this.stage.
remove()}};function $s(n){let{_size:t,width:e}=n._fullLayout;return{top:t.t,height:t.h,width:e}}var rt=class{constructor(t,e,s){this.client=e,this.signal=s,this.refused=null,this.pressed="",this.version=e.state.version,this.root=c("div",{class:"lrwidget"}),
this.stage=c("div",{class:"lrwidget-figure"}),this.toolbar=new it(e,i=>this.press(i),i=>this.say("move",{lr:i})),this.status=new st,this.settings=new Q((i,o)=>this.
say(i,o)),this.menu=new V(()=>this.offers?.items()??[],()=>this.root.getBoundingClientRect(),s),this.toolbar.el.append(this.menu.el),this.root.append(this.toolbar.
el,this.status.el,this.stage,this.settings.el),this.toolbar.rate.input.addEventListener("input",()=>this.draw()),this.draw(),!s.aborted&&(t.append(this.root),Ps(
this.root,e,s),zt(this.root,s),jt(this.root,this.stage,s),this.offers=new q({client:e,say:(i,o)=>this.say(i,o),figure:new ot(this.stage,e,s),root:this.root,now:()=>this.
shown,tell:i=>this.menu.say(i)}),e.subscribe(i=>this.follow(i),s),s.addEventListener("abort",()=>this.root.remove(),{once:!0}))}get shown(){let{state:t,lr:e,waiting:s}=this.
client;return ae(t,{lr:e,typed:this.toolbar.rate.typed,waiting:s,refused:this.refused})}draw(){let{state:t}=this.client,e=this.shown;f(this.root,"data-state",t.
state),this.toolbar.show(e),this.status.show(e.status,t.words.announcement),this.settings.show(t,e.settings)}follow(t){if(t==="points")return;let{version:e}=this.
client.state;e!==this.version&&(this.refused=null),this.version=e,this.draw()}async say(t,e){this.refused=null;let s=await this.client.say(t,e);return!s.done&&s.
why&&!this.signal.aborted&&(this.refused=s.why,this.draw()),s}press(t){t==="run"?this.run():t==="accept"?this.accept():t==="suggestion"?this.say("move",{lr:null}):
this.once(t,{})}async once(t,e){let s=JSON.stringify([t,e]);s!==this.pressed&&(this.pressed=s,await this.say(t,e),s===this.pressed&&(this.pressed=""))}run(){let t=this.
settings.commit()?this.settings.plan():null;t?this.once("run",t):this.settings.showWrong()}accept(){if(!this.toolbar.commit())return this.toolbar.rate.input.focus();
let{lr:t}=this.client;t!==null&&this.once("accept",{lr:t})}};function Ps(n,t,e){let s=n.getRootNode()instanceof ShadowRoot;if(s&&n.append(c("style",{},t.css)),t.
id==="")return;let i=`.lrwidget-of-${CSS.escape(t.id)}`,o=[".jp-OutputArea-child",".output_area"].map(a=>`${a}:has(${i}):not(:has(.lrwidget))`),r=c("style",{},`${[
i,...o].join(",")}{display:none!important}`);(s?document.head:n).append(r),e.addEventListener("abort",()=>r.remove(),{once:!0})}var zs={_esm:"",_css:"",_figure:{}},at=new Map;function Fs({model:n}){let t=new P(n);return at.set(t.id,t),()=>{t.close(),at.get(t.id)===t&&at.delete(t.id);let e=n;
for(let[s,i]of Object.entries(zs))e.set?.(s,i,{silent:!0})}}function Ds({model:n,el:t,signal:e}){let s=new AbortController,i=()=>s.abort();e?.addEventListener("\
abort",i,{once:!0}),e?.aborted&&i();let o=at.get(n.get("_id"));if(!o){let r=new P(n);s.signal.addEventListener("abort",()=>r.close(),{once:!0}),o=r}return new rt(
t,o,s.signal),i}var Bn={initialize:Fs,render:Ds};export{Bn as default};
