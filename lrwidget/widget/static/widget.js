// Built from lrwidget/widget/front: make front
var R={now:()=>performance.now(),set:(n,t)=>setTimeout(n,t),clear:n=>clearTimeout(n)};var St=Symbol.for("lrwidget.plotly"),Lt="/* the script */",at=3e3,_e=6e4,F=class{#t;#s;#e;#r;#i;#n;constructor(t,e,s,{load:i=Ee,page:o=globalThis,clock:r=R}={}){
this.#t=t,this.#s=e,this.#e=i,this.#i=s,this.#n=r,o[St]??=new Map,this.#r=o[St]}get(){let t=this.#o(this.#t());return t.script?t.script:new Promise((e,s)=>{let i,
o={told:a=>{this.#n.clear(i),this.#i.removeEventListener("abort",r),a.then(e,s)},ask:()=>{let a=this.#n.now();(!t.asked||a-t.asked.at>=t.gap)&&(t.asked&&(t.gap=
Math.min(2*t.gap,_e)),t.asked={by:o,at:a},this.#s()),this.#n.clear(i),i=this.#n.set(o.ask,at)}},r=()=>{if(this.#n.clear(i),t.waiting.delete(o),s(new Error("the \
widget has been closed")),t.asked?.by===o){t.asked=null;for(let a of[...t.waiting].slice(0,1))a.ask()}};if(this.#i.aborted)return r();this.#i.addEventListener("\
abort",r,{once:!0}),t.waiting.add(o),o.ask()})}take(t,e){let s=this.#o(t);if(s.script)return;let i=this.#e(e);s.script=i,s.asked=null,s.gap=at,i.catch(()=>{s.script=
null});let o=[...s.waiting];s.waiting.clear();for(let{told:r}of o)r(i)}#o(t){let e=this.#r.get(t);return e||(e={script:null,waiting:new Set,asked:null,gap:at},this.#r.
set(t,e)),e}};async function Ee(n){let t=n,e=new Blob([t]).stream().pipeThrough(new DecompressionStream("gzip")),s=await new Response(e).blob(),[i,o]=Se(Lt).split(
Lt),r=URL.createObjectURL(new Blob([i,s,o],{type:"text/javascript"}));try{return(await import(r)).default}finally{URL.revokeObjectURL(r)}}function Se(n){return`\
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
`}function Mt(n,t,e){let{context:s,notebook:i}=n.widget_manager??{};for(let{outputs:r}of lt(s?.model?.cells))for(let a=0;a<(r?.length??0);a++)o(r.get(a))&&r.set(a,
{...r.get(a).toJSON(),data:{...e}});for(let r of lt(i?.get_cells?.()))for(let a of lt(r.output_area?.outputs))o(a)&&(a.data={...e},i.set_dirty(!0));function o(r){
let a=[r?.data?.["text/html"]??""].flat().join("");return a.includes(`lrwidget-of-${t}`)&&a!==e["text/html"]}}function lt(n){return typeof n?.[Symbol.iterator]==
"function"?[...n]:[]}var At=["lr","loss","curveLr","smoothed","change"],Tt=[...At,"metric","smoothedMetric"],Nt=new Set(["lr","loss","metric"]),ct=class{#t=new Float64Array(64);length=0;put(t,e){
let s=t+e.length;if(s>this.#t.length){let i=new Float64Array(2*s);i.set(this.#t.subarray(0,t)),this.#t=i}this.#t.set(e,t),this.length=s}get values(){return this.#t.
subarray(0,this.length)}},K=class{version=0;sweep=-1;axes=null;#t=-1;#s=ht();get(t){return this.#s[t].values}take(t,e){let{sweep:s,revision:i,first:o,curve_first:r}=t;
if(i<=this.#t)return"old";if(!(o===0&&r===0)&&(s!==this.sweep||i!==this.#t+1))return"gap";let l=t.metric?Tt:At,c=l.map((u,p)=>Me(e[p]));return o+c[0].length!==t.
count||!Le(l,c)?"gap":(s!==this.sweep&&(this.sweep=s,this.axes=null,this.#s=ht()),l.forEach((u,p)=>{this.#s[u].put(Nt.has(u)?o:r,c[p])}),JSON.stringify(t.axes)!==
JSON.stringify(this.axes)&&(this.axes=t.axes),this.#t=i,this.version+=1,"taken")}clear(){this.#s=ht(),this.axes=null,this.version+=1}};function ht(){return Object.
fromEntries(Tt.map(n=>[n,new ct]))}function Le(n,t){return n.every((e,s)=>t[s].length===t[Nt.has(e)?0:2].length)}function Me(n){if(!n)return new Float64Array;let{
buffer:t,byteOffset:e,byteLength:s}=ArrayBuffer.isView(n)?n:{buffer:n,byteOffset:0,byteLength:n.byteLength},i=s-s%Float64Array.BYTES_PER_ELEMENT;return new Float64Array(
t.slice(e,e+i))}var ut=500,Ae=15e3,Ot=1e3,pt={hello:(n,t)=>({plotly:n.plotly||t.plotly}),plan:(n,t)=>({...n,...t}),move:(n,t)=>t,bounds:(n,t)=>t,bandwidth:(n,t)=>t},Te=(n,t)=>n in
pt&&!(n==="hello"&&t.plotly),j=class{#t=[];#s=0;#e=0;#r=ut;#i;#n;#o=[];#a=!1;#h=!1;constructor(t,e,s=R){this.page=crypto.randomUUID?.()??`page-${Math.random()}-${Math.
random()}`,this.send=t,this.changed=e,this.clock=s}get open(){return this.#t}get waiting(){return this.#o}say(t,e,s){this.#s+=1;let i=this.#s;return this.#a?Promise.
resolve(dt(i)):new Promise(o=>{this.#t.push({n:i,name:t,args:e,seen:s,since:this.clock.now(),tell:[o]}),t in pt||(this.#r=ut),Te(t,e)&&this.#u()?(this.#t=Rt(this.#t,
this.#e),this.#l()):this.say_again()})}say_again(){if(!this.#a){this.clock.clear(this.#i),this.#t=Rt(this.#t,0),this.#e=this.#t.at(-1)?.n??this.#e,this.#t.length>
0&&(this.#i=this.clock.set(()=>{this.#r=Math.min(2*this.#r,Ae),this.say_again()},this.#r)),this.#l();try{let t=this.#t.map(({n:e,name:s,args:i,seen:o})=>({n:e,name:s,
args:i,seen:o}));this.send({page:this.page,said:t}),this.#h=!1}catch(t){this.#h||console.warn("lrwidget: the kernel cannot be reached now",t),this.#h=!0}}}answered({
page:t,upto:e,answers:s=[]}){if(t!==this.page||!this.#t.some(({n:o})=>o<=e))return;let i=this.#t.filter(({n:o})=>o<=e);this.#t=this.#t.filter(({n:o})=>o>e),this.#u()||
(this.clock.clear(this.#i),this.#r=ut,this.#t.length>0&&this.say_again()),this.#l();for(let{n:o,tell:r}of i){let a=s.find(l=>l.n===o)??dt(o);for(let l of r)l(a)}}close(){
let t=this.#t;this.#t=[],this.#a=!0,this.clock.clear(this.#i),this.#l();for(let{n:e,tell:s}of t)for(let i of s)i(dt(e))}#u(){return this.#t.length>0&&this.#t[0].
n<=this.#e}#l(){this.clock.clear(this.#n);let t=this.clock.now(),e=this.#t.filter(({since:o})=>t-o>=Ot).map(({name:o})=>o),s=Math.min(...this.#t.map(({since:o})=>o+
Ot).filter(o=>o>t));s<1/0&&(this.#n=this.clock.set(()=>this.#l(),s-t));let i=[...new Set(e)];i.join()!==this.#o.join()&&(this.#o=i,this.changed())}};function Rt(n,t){
let e=[],s=new Map;for(let i of[...n].reverse()){let o=pt[i.name],r=s.get(i.name);if(o&&r&&i.n>t){r.args=o(i.args,r.args),r.since=Math.min(i.since,r.since),r.tell.
unshift(...i.tell);continue}o?r||s.set(i.name,i):s.clear(),e.unshift(i)}return e}function dt(n){return{n,done:!1,why:"The kernel's answer has not come."}}var Ne=1e3,$=class{series=new K;#t;#s;#e=null;#r=null;#i=new Set;#n=new Set;#o=-1/0;#a=new AbortController;constructor(t,{clock:e=R,load:s,page:i}={}){this.model=
t,this.clock=e,this.#t=t.get("_state"),this.#s=t.get("_figure"),this.wire=new j(o=>t.send(o),()=>this.#c("state"),e),this.script=new F(()=>this.#s.plotly_version,
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
t?.kind==="answer"?(this.wire.answered(t),this.#c("hand")):t?.kind==="call"?this.wire.say_again():t?.kind==="saved"?Mt(this.model,this.id,t.bundle):t?.kind==="p\
lotly"&&e.length>0&&this.script.take(t.version,e[0])};#f(){let t=this.clock.now();t-this.#o<Ne||(this.#o=t,this.say("hello",{plotly:!1}))}#c(t){this.#n.size===0&&
queueMicrotask(this.#m),this.#n.add(t)}#m=()=>{let t=[...this.#n];this.#n.clear(),this.#e===null&&(this.#r=null);for(let e of t)for(let s of[...this.#i])try{s(e)}catch(i){
console.warn("lrwidget: a view could not follow",i)}}};function B(n){for(let t=n;t;t=Oe(t)){let e=getComputedStyle(t).backgroundColor,s=e.match(/[\d.]+/g)?.map(Number);if(!s||s.length>3&&s[3]<.5)continue;let[i,o,r]=s,
a=e.startsWith("color(")?255:1;return{theme:(.299*i+.587*o+.114*r)*a<128?"dark":"light",paper:e}}return{theme:matchMedia("(prefers-color-scheme: dark)").matches?
"dark":"light",paper:null}}function Oe(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:n.parentElement}function U(n,t){let e=new MutationObserver(n);
for(let i of[document.documentElement,document.body])e.observe(i,{attributes:!0,attributeFilter:["class","style","data-theme","theme","data-jp-theme-name","data\
-jp-theme-light"]});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",n,{signal:t});let s=new MutationObserver(n);s.observe(document.head,{childList:!0}),
t.addEventListener("abort",()=>{e.disconnect(),s.disconnect()})}function h(n,t={},...e){let s=document.createElement(n);for(let[i,o]of Object.entries(t))f(s,i,o);return s.append(...e),s}function f(n,t,e){let s=e===null||e===
!1?null:e===!0?"":String(e);n.getAttribute(t)!==s&&(s===null?n.removeAttribute(t):n.setAttribute(t,s))}function b(n,t){n.textContent!==t&&(n.textContent=t)}function _(){
return`lrw-${Math.random().toString(36).slice(2,12)}`}function T(n){let t=n.getRootNode();return t instanceof Document||t instanceof ShadowRoot?t.activeElement:
null}var Re={run:"M4 2.2v11.6L13.5 8z",pause:"M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",stop:"M3 3h10v10H3z",accept:"M6.2 13.2 1.4 8.4l1.7-1.7 3.1 3.1 6.7-6.7 1.7 1.7\
z",undo:"M6.4 1.6 1.6 5.7l4.8 4.1V7h3a2.6 2.6 0 0 1 0 5.2H4.2v2h5.2a4.6 4.6 0 0 0 0-9.2h-3z",back:"M2 2h2v12H2zM9.3 3.4 4.8 8l4.5 4.6 1.5-1.5L8.8 9H14V7H8.8l2-2\
.1z",more:"M1.6 8a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0z",warning:"M8 1.2 15\
.4 14.4H.6zM7.1 6v4.2h1.8V6zm0 5.4v1.7h1.8v-1.7z",error:"M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM5.7 4.5 4.5 5.7 6.8 8l-2.3 2.3 1.2 1.2L8 9.2l2.3 2.3 1.2\
-1.2L9.2 8l2.3-2.3-1.2-1.2L8 6.8z",off:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm0 1.5a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5\
.5 0 0 0 .5-.5v-9a.5.5 0 0 0-.5-.5z",on:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm3.4 9.8 5.2-5.2-1.2-1.2-4 4-1.8-1.8-1.2 1.2\
z",waiting:"M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.4L6.4 8 3 4.4zm2 2v.8l3 3.1 3-3.1V3zm3 6.1-3 3.1v.8h6v-.8z"};function C(n){let t=document.createElementNS("http://\
www.w3.org/2000/svg","svg");return t.setAttribute("viewBox","0 0 16 16"),t.setAttribute("class","lrw-icon"),t.setAttribute("aria-hidden","true"),t.append(document.
createElementNS("http://www.w3.org/2000/svg","path")),P(t,n),t}function P(n,t){let e=n.firstElementChild;f(e,"d",Re[t]),f(e,"fill-rule","evenodd")}var Ie=7;function It(n){let t=n.match(/-?[\d.]+(e-?\d+)?%?/g)?.map(a=>Number.parseFloat(a));if(!t||t.length<3)return null;let e=n.startsWith("rgb")?1:n.startsWith(
"color(srgb")?255:null;if(e===null)return null;let[s,i,o,r=1]=t;return{colour:[s*e,i*e,o*e],alpha:r}}function $t(n){let[t,e,s]=n.map(i=>{let o=i/255;return o<=.04045?
o/12.92:((o+.055)/1.055)**2.4});return .2126*t+.7152*e+.0722*s}function $e(n,t){let[e,s]=[$t(n),$t(t)].sort((i,o)=>i-o);return(s+.05)/(e+.05)}function Pt(n,t){let e=()=>{
let s=n.parentElement??Ce(n)??document.body,{theme:i,paper:o}=B(s);f(n,"data-theme",i),Ct(n,"--lrw-paper",o);let r=getComputedStyle(s).color,[a,l]=[It(r),It(o??
"")],c=a&&l&&a.alpha>.9&&$e(a.colour,l.colour)>=Ie;Ct(n,"--lrw-ink",c?r:null)};e(),U(e,t)}function Ce(n){let{parentNode:t}=n;return t instanceof ShadowRoot?t.host:
null}function Ct({style:n},t,e){n.getPropertyValue(t)!==(e??"")&&(e===null?n.removeProperty(t):n.setProperty(t,e))}var Pe=new Set(["Enter"," ","Escape","ArrowUp","ArrowDown","ArrowLeft","ArrowRight","Home","End","PageUp","PageDown"]),ze=/^([acvxyz]|arrow\w+|backspace|delete|home|end)$/i,
zt="data-lm-suppress-shortcuts";function Dt(n,t){let e=n.ctrlKey||n.metaKey;return t==="text"?e||n.altKey?ze.test(n.key):!0:e||n.altKey?!1:t==="choice"?!(n.shiftKey&&
n.key==="Enter"):!n.shiftKey&&Pe.has(n.key)}function Ft(n){return n instanceof HTMLTextAreaElement?"text":n instanceof HTMLInputElement?n.type==="range"?"press":
"text":n instanceof HTMLSelectElement||n.closest("[role=menu], dialog")?"choice":"press"}function Kt(n,t,e){let s=i=>{let o=i.composedPath()[0];return o instanceof
Element&&n.contains(o)&&!t.contains(o)?o:null};window.addEventListener("keydown",i=>{let o=s(i);o&&(Dt(i,Ft(o))?o.setAttribute(zt,"true"):o.removeAttribute(zt))},
{capture:!0,signal:e}),n.addEventListener("keydown",i=>{let o=s(i);o&&Dt(i,Ft(o))&&i.stopPropagation()})}var jt=350,k=class{constructor({name:t,text:e="",icon:s,kind:i,title:o,press:r}){this.icon=C(s),this.label=h("span",{class:"lrw-label"},e),this.el=h("button",{type:"\
button",class:`lrw-button ${i}`,"aria-label":t,title:o??null},this.icon,this.label),this.name=t,this.text=e,this.on=!0,this.settledForHand=this.settledForKeys=Number.
NEGATIVE_INFINITY,this.settling=!1,this.timer=void 0,this.pointed=null,this.keyed=null,this.el.addEventListener("pointerdown",()=>{this.pointed=this.name}),this.
foreign=!1,this.el.addEventListener("keydown",a=>{a.key!=="Enter"&&a.key!==" "||(a.repeat&&a.preventDefault(),this.foreign=a.shiftKey||a.ctrlKey||a.metaKey||a.altKey,
this.keyed=this.name)}),this.el.addEventListener("keyup",()=>{setTimeout(()=>{this.foreign=!1,this.keyed=null})}),this.el.addEventListener("click",a=>{let l=a.detail>
0,c=(l?this.pointed:this.keyed)??this.name;!this.on||c!==this.name||this.foreign&&!l||performance.now()<(l?this.settledForHand:this.settledForKeys)||r(a)})}call(t,e){
this.name=t,this.text=e;let s=e!==t&&e.startsWith(t);f(this.el,"aria-label",s?null:t),s?this.label.replaceChildren(t,h("span",{"aria-hidden":"true"},e.slice(t.length))):
b(this.label,e)}show({there:t,on:e,waits:s=!1,name:i,text:o,icon:r,main:a,title:l}){i!==void 0&&i!==this.name?(this.call(i,o??this.text),this.settle()):o!==void 0&&
o!==this.text&&this.call(this.name,o),l!==void 0&&f(this.el,"title",l),r!==void 0&&P(this.icon,r),a!==void 0&&this.el.classList.toggle("is-main",a),this.el.classList.
toggle("is-away",!t),this.el.classList.toggle("is-waiting",s),this.on=e,this.showOn()}settle(){let t=performance.now()+jt;this.el.matches(":hover, :focus")&&(this.
settledForKeys=t),this.el.matches(":hover")&&(this.settledForHand=t,this.settling=!0,clearTimeout(this.timer),this.timer=setTimeout(()=>{this.settling=!1,this.showOn()},
jt))}showOn(){this.el.classList.toggle("is-settling",this.settling&&this.on),f(this.el,"aria-disabled",this.on&&!this.settling?null:"true")}};var N=4,De=160,H=class{constructor(t,e,s){this.items=t,this.room=e;let i=_();this.button=new k({name:"More",icon:"more",kind:"lrw-more",title:"Bounds, copy, exp\
ort, table of points, keyboard help",press:()=>this.opened?this.close(!0):this.open(0)}),f(this.button.el,"aria-haspopup","menu"),f(this.button.el,"aria-expande\
d","false"),f(this.button.el,"aria-controls",i),this.list=h("div",{id:i,class:"lrw-menu",role:"menu","aria-label":"More",popover:"manual",hidden:!0}),this.said=
h("span",{class:"lrw-said",hidden:!0}),this.el=h("span",{class:"lrw-side lrw-end"},this.button.el,this.list,this.said),this.quiet=void 0,this.opened=null,this.button.
el.addEventListener("keydown",o=>{if(!(o.ctrlKey||o.metaKey||o.altKey)){if(o.key==="ArrowDown")this.open(0);else if(o.key==="ArrowUp")this.open(-1);else return;
o.preventDefault()}}),this.list.addEventListener("keydown",o=>this.key(o)),s.addEventListener("abort",()=>{this.close(!1),clearTimeout(this.quiet)})}open(t){if(this.
opened)return this.focus(t);this.list.replaceChildren(...this.items().map(i=>this.made(i))),this.list.hidden=!1,this.list.showPopover?.(),this.place(),f(this.button.
el,"aria-expanded","true"),this.opened=new AbortController;let{signal:e}=this.opened,s=i=>{i.composedPath().includes(this.el)||this.close(!1)};window.addEventListener(
"pointerdown",s,{capture:!0,signal:e}),window.addEventListener("blur",()=>this.close(!1),{signal:e}),window.addEventListener("resize",()=>this.close(!0),{signal:e}),
window.addEventListener("scroll",i=>{i.composedPath().includes(this.list)||this.close(!0)},{capture:!0,passive:!0,signal:e}),this.list.addEventListener("focusou\
t",i=>{let o=i.relatedTarget;o instanceof Node&&!this.el.contains(o)&&this.close(!1)},{signal:e}),this.focus(t)}close(t){if(!this.opened)return;this.opened.abort(),
this.opened=null;let e=this.list.contains(T(this.list));(t||e)&&this.button.el.focus({preventScroll:!0}),this.list.hidePopover?.(),this.list.hidden=!0,f(this.button.
el,"aria-expanded","false")}made(t){if(t==="line")return h("div",{class:"lrw-menu-line",role:"separator"});let{name:e,on:s=!0,checked:i,does:o}=t,r=h("div",{class:"\
lrw-item",role:i===void 0?"menuitem":"menuitemcheckbox","aria-checked":i===void 0?null:String(i),"aria-disabled":s?null:"true",tabindex:-1},e);return r.addEventListener(
"click",()=>{s&&(this.close(!0),o())}),r.addEventListener("pointermove",()=>r.focus({preventScroll:!0})),r}key(t){if(t.ctrlKey||t.metaKey||t.altKey)return;let e=this.
entries(),s=e.indexOf(T(this.list));if(t.key==="Escape")this.close(!0);else{if(t.key==="Tab")return this.close(!0);if(t.key==="ArrowDown")this.focus((s+1)%e.length);else if(t.
key==="ArrowUp")this.focus((s-1+e.length)%e.length);else if(t.key==="Home")this.focus(0);else if(t.key==="End")this.focus(-1);else if(t.key==="Enter"||t.key==="\
 ")t.repeat||e[s]?.click();else if(t.key.length===1){let i=t.key.toLowerCase();[...e.slice(s+1),...e.slice(0,s+1)].find(r=>r.textContent?.toLowerCase().startsWith(
i))?.focus()}else return}t.preventDefault()}entries(){return[...this.list.querySelectorAll(".lrw-item")]}focus(t){this.entries().at(t)?.focus({preventScroll:!0})}place(){
if(!this.list.showPopover)return;let t=this.button.el.getBoundingClientRect(),e=this.room(),{width:s,height:i}=this.list.getBoundingClientRect(),o=window.innerHeight-
t.bottom-2*N,r=t.top-2*N,a=o<Math.min(i,De)&&r>o,l=Math.min(t.right,window.innerWidth-N),c=Math.max(l-s,Math.min(e.left,l-s),N),{style:u}=this.list;u.left=`${c}\
px`,u.maxHeight=`${a?r:o}px`,u.top=a?`${Math.max(t.top-N-Math.min(i,r),N)}px`:`${t.bottom+N}px`}say(t){this.said.textContent=t,this.said.hidden=!1,f(this.button.
el,"aria-description",t),clearTimeout(this.quiet),this.quiet=setTimeout(()=>{this.said.hidden=!0,f(this.button.el,"aria-description",null)},3e3)}};function E(n,t=3){if(Number.isNaN(n))return"nan";if(!Number.isFinite(n))return n<0?"-inf":"inf";if(n===0)return Object.is(n,-0)?"-0":"0";let e=Bt(n,t),s=Number(
e),i=Math.abs(s);return i>=.001&&i<1e4?String(s):e.replace(/\.?0*e\+?/,"e")}function y(n){return E(n,6)}function W(n,t=3){return Number(Bt(n,t))}function Bt(n,t){
let e=n.toExponential(100).replace(/0*(e.*)$/,"$1");return e.replace(/e.*|\D/g,"").length===t+1&&/[02468]\.?5e/.test(e)?e.replace(/5e/,"e"):n.toExponential(t-1)}
function M(n){let[t,e="0"]=String(n).split("e"),s=(t.split(".")[1]?.length??0)-Number(e);return n.toFixed(Math.min(Math.max(s,0),100))}function I(n,t,...e){let s=_(),i=h("button",{type:"button",class:"lrw-button lrw-close"},"Close"),o=h("dialog",{class:"lrw-dialog","aria-labelledby":s},h("div",
{class:"lrw-dialog-head"},h("h2",{id:s},t),i),h("div",{class:"lrw-dialog-body",tabindex:0,role:"region","aria-labelledby":s},...e));return i.addEventListener("c\
lick",()=>o.close()),o.addEventListener("pointerdown",r=>{if(r.target!==o)return;let{left:a,right:l,top:c,bottom:u}=o.getBoundingClientRect(),{clientX:p,clientY:d}=r;
(p<a||p>l||d<c||d>u)&&o.close()}),o.addEventListener("close",()=>o.remove()),n.append(o),o.showModal(),o}function Ut(n){let[,t="text/plain",e,s]=/^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(n)??[];if(s===void 0)throw new TypeError("not a data URL");return e?new Blob(
[Uint8Array.from(atob(s),i=>i.charCodeAt(0))],{type:t}):new Blob([decodeURIComponent(s)],{type:t})}function Ht(n,t,e){let s=URL.createObjectURL(t),i=h("a",{href:s,
download:e,hidden:!0});n.append(i),i.click(),i.remove(),setTimeout(()=>URL.revokeObjectURL(s),6e4)}async function Wt(n){try{return await navigator.clipboard.writeText(
n),!0}catch{return!1}}var Fe=[["On the marker, and on the edges of the bounds",[["← →","a step down, up: 5 %"],["Page Down, Page Up","a leap down, up: a quarter of a decade; so w\
ith Shift"],["Home, End","to the ends of the axis"],["Escape","while dragging: back to where it was"]]],["In the field Learning rate",[["↑ ↓","5 % up, down"],
["Enter","use what is written: 0.001, 1e-3 and 0,001 are all understood"],["Escape","back to where the marker stands"]]],["On a button",[["Tab","to the next one"],
["Enter, Space","press it"]]],["In the figure",[["Click on a point","the marker goes to its rate"],["Drag","zoom in"],["Double click","the whole figure again"]]]];
function Gt(n){let t=Fe.flatMap(([e,s])=>[h("h3",{},e),h("dl",{class:"lrw-keys"},...s.flatMap(([i,o])=>[h("dt",{},h("kbd",{},i)),h("dd",{},o)]))]);I(n,"Keyboard\
 and mouse",...t)}function ft(n){if(n<9.95)return`${n.toFixed(1)} s`;let t=Math.round(n);if(t<60)return`${t} s`;let e=s=>String(s).padStart(2,"0");return t<3600?`${Math.floor(t/60)}\
 min ${e(t%60)} s`:`${Math.floor(t/3600)} h ${e(Math.floor(t%3600/60))} min`}function Vt(n){return n>0?n<.995?`${ft(1/n)} a step`:`${n<9.95?n.toFixed(1):Math.round(
n)} steps/s`:""}function z(n){return n<0?`−${E(-n)}`:E(n)}var Ke=100;function je(n,t){return n<=t?Array.from({length:n},(e,s)=>s):Array.from({length:t},(e,s)=>Math.round(s*(n-1)/(t-1)))}function Be(n,t,e=Ke){let[s,i,o]=[
n.get("lr"),n.get("loss"),n.get("curveLr")],r=n.get("metric"),a=t!==null&&r.length>0,l=[n.get("smoothed"),n.get("change"),...a?[n.get("smoothedMetric")]:[]],c=[
"Step","Learning rate","Loss","Smoothed loss","Change in loss per decade"];a&&c.push(t,`Smoothed ${t}`);let u=Math.min(s.length,i.length),p=je(u,e).map(d=>{let m=l.
map(g=>mt(Ue(o,g,s[d]))),w=a?[mt(r[d]),m[2]]:[];return{step:d+1,lr:E(s[d]),cells:[mt(i[d]),m[0],m[1],...w]}});return{headings:c,rows:p,count:u}}function Ue(n,t,e){
let[s,i]=[0,n.length-1],o=1e-9*e;if(i<0||e<n[0]-o||e>n[i]+o)return Number.NaN;for(;i-s>1;){let a=s+i>>1;n[a]<=e?s=a:i=a}if(i===s||e<=n[s])return t[s];if(e>=n[i])
return t[i];let r=Math.log(e/n[s])/Math.log(n[i]/n[s]);return t[s]+r*(t[i]-t[s])}function mt(n){return Number.isFinite(n)?z(n):"–"}function Yt(n,t,e,s){let{headings:i,
rows:o,count:r}=Be(t,e.offers.metric_name),{choice:a}=e,l=a.suggested_lr===null?"There is no suggestion.":`Suggested: ${y(a.suggested_lr)}.`,c=o.length<r?`${o.length}\
 of ${r} points, evenly chosen. `:`${r} points. `,u=h("button",{type:"button",class:"lrw-button"},"Save all as CSV");u.addEventListener("click",s);let p=h("tabl\
e",{class:"lrw-table"},h("caption",{},`${c}${l}`),h("thead",{},h("tr",{},...i.map(d=>h("th",{scope:"col"},d)))),h("tbody",{},...o.map(({step:d,lr:m,cells:w})=>h(
"tr",{},h("td",{},String(d)),h("th",{scope:"row"},m),...w.map(g=>h("td",{},g))))));I(n,"Points of the sweep",p,h("p",{},u))}var He={json:"application/json",csv:"text/csv"},G=class{constructor({client:t,say:e,figure:s,root:i,now:o,tell:r}){this.client=t,this.say=e,this.figure=s,this.root=
i,this.now=o,this.tell=r}items(){let{rate:t,points:e,clear:s}=this.now().menu,{shows_bounds:i}=this.client.state.choice,{closed:o}=this.client.state;return[{name:"\
Bounds",on:!o,checked:i,does:()=>{this.say("show_bounds",{shown:!i})}},"line",{name:"Copy rate",on:t,does:()=>{this.copyRate()}},{name:"Copy code",on:t,does:()=>{
this.copyCode()}},"line",{name:"Export PNG",on:e,does:()=>{this.saveImage("png")}},{name:"Export SVG",on:e,does:()=>{this.saveImage("svg")}},{name:"Export CSV",
on:e,does:()=>{this.saveNumbers("csv")}},{name:"Export JSON",on:e,does:()=>{this.saveNumbers("json")}},"line",{name:"Table of points",on:e,does:()=>this.showTable()},
{name:"Keyboard help",does:()=>Gt(this.root)},"line",{name:"Clear",on:s,does:()=>{this.say("clear",{})}}]}copyRate(){let{lr:t}=this.client;return t===null?void 0:
this.copyText(y(t),"The learning rate")}async copyCode(){let{done:t,value:e}=await this.say("export",{format:"code"});t&&typeof e=="string"&&await this.copyText(
e,"Code that sets this rate")}async copyText(t,e){if(await Wt(t)){let i=t.trim();return this.tell(i.length>24||i.includes(`
`)?"Copied":`Copied ${i}`)}let s=h("textarea",{class:"lrw-copy",readonly:!0,rows:Math.min(t.split(`
`).length,12),"aria-label":e});s.value=t,I(this.root,e,h("p",{},"This page may not copy. Press Ctrl+C (⌘C) to copy what is selected."),s),s.focus(),s.select()}async saveImage(t){
try{this.saved(Ut(await this.figure.image(t)),t)}catch(e){this.tell(`No ${t.toUpperCase()}: ${e instanceof Error?e.message:e}`)}}async saveNumbers(t){let{done:e,
value:s}=await this.say("export",{format:t});e&&typeof s=="string"&&this.saved(new Blob([s],{type:He[t]}),t)}saved(t,e){let s=`lr-range-test-${this.client.state.
sweep}.${e}`;Ht(this.root,t,s),this.tell(`Saved ${s}`)}showTable(){Yt(this.root,this.client.series,this.client.state,()=>{this.saveNumbers("csv")})}};var A=class{constructor({label:t,name:e,title:s,read:i,write:o,allowed:r,keys:a,commit:l}){this.read=i,this.write=o,this.allowed=r;let[c,u]=[_(),_()];this.input=
h("input",{id:c,class:"lrw-input",type:"text",inputmode:a,autocomplete:"off",autocapitalize:"off",spellcheck:"false",enterkeyhint:"done",placeholder:"–",title:s,
"aria-label":e,"aria-describedby":u,"data-lm-suppress-shortcuts":"true"}),this.complaint=h("span",{id:u,class:"lrw-complaint",hidden:!0}),this.el=h("span",{class:"\
lrw-field"},h("label",{class:"lrw-field-label",for:c,title:s},t),this.input,this.complaint),this.value=null,this.pending=null,this.text="",this.wrong=null,this.
on=!0,this.input.addEventListener("keydown",p=>{if(!p.isComposing){if(p.key==="Enter")l();else if(p.key==="Escape")this.revert();else return;p.preventDefault()}}),
this.input.addEventListener("input",()=>this.complain(null)),this.input.addEventListener("blur",()=>{this.changed&&this.input.value!==this.wrong&&l()})}get changed(){
return this.input.value!==this.text}get typed(){return this.changed?this.read(this.input.value):null}show(t,e){let s=t!==this.value;this.value=t,this.on=e,this.
input.readOnly=!e;let i=this.changed&&(T(this.input)===this.input||!s);e&&i||this.pending!==null&&e||this.revert()}revert(){this.complain(null),this.put(this.value)}put(t){
this.text=t===null?"":this.write(t),this.input.value!==this.text&&(this.input.value=this.text)}take(){if(!this.changed)return this.pending??this.value;if(this.input.
value.trim()==="")return this.revert(),this.value;let t=this.read(this.input.value);return this.complain(t===null?this.allowed:null),t}async send(t,e){let s={};
this.sent=s,this.pending=t,this.put(t);let{done:i,why:o}=await e;this.sent===s&&(this.pending=null,!this.changed&&(i?this.put(this.value):this.refuse(t,o)))}refuse(t,e){
this.put(this.value),this.input.value=this.write(t),this.complain(e??this.allowed)}complain(t){this.wrong=t===null?null:this.input.value,b(this.complaint,t??""),
this.complaint.hidden=t===null,f(this.input,"aria-invalid",t===null?null:"true")}};var We=Math.log10(1.05),Ge=.25,Ve=40,Ye=8,qe=100,Xe=10,Je=3,V=6,qt={ArrowLeft:{by:-1},ArrowDown:{by:-1},ArrowRight:{by:1},ArrowUp:{by:1},PageDown:{by:-1,leap:!0},
PageUp:{by:1,leap:!0},Home:{end:0},End:{end:1}};function q(n,t,e,s,i){let o=Object.hasOwn(qt,n)?qt[n]:null;if(!o)return null;if(o.end!==void 0)return Y(i[o.end],
i);let r=(o.by??0)*Xt(s,!!o.leap||t);return D(s.type==="log"?e*10**r:e+r,s,i)}function D(n,t,e){if(!(n>e[0]))return Y(e[0],e);if(!(n<e[1]))return Y(e[1],e);let s=Xt(
t,!1),i=(t.type==="log"?n*(10**s-1):s)/4,o=Je;for(;o<V&&Jt(n,o)>2*i;)o+=1;return Y(W(n,o),e)}function Xt({type:n,range:t},e){let s=Math.abs(t[1]-t[0]);return n!==
"log"?s/(e?Xe:qe):e?Math.min(Ge,s/Ye):Math.min(We,s/Ve)}function Jt(n,t){return 10**(Math.floor(Math.log10(n))-t+1)}function Y(n,[t,e]){if(n>t&&n<e)return n;let s=n<=
t?t:e,i=W(s,V);if(i>=t&&i<=e)return i;let o=Jt(s,V);return W(i<t?s+o:s-o,V)}var Ze=6,Zt=/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;function X(n){let t=n.trim().replace(/[\u2212\u2013]/g,"-").replace(",",".");if(!Zt.test(t))return null;let e=Number(
Number(t).toPrecision(Ze));return e>0&&Number.isFinite(e)?e:null}function Qt(n){let t=n.trim();if(!Zt.test(t))return null;let e=Number(t);return Number.isSafeInteger(
e)&&e>=2?e:null}function te(n,t,{limits:e,layout:s}){let i=s.xaxis.type==="log"?"log":"linear",[o,r]=e,a=i==="log"?[Math.log10(o),Math.log10(r)]:e;return q(n,!1,
t,{type:i,range:a},e)??t}var Qe=.05,ts=1,es="A rate is a number above 0, for example 1e-7.",J=class{constructor(t){this.say=t;let e=()=>{this.commit()},s={read:X,write:y,allowed:es,keys:"\
decimal",commit:e};this.fields={start_lr:new A({...s,label:"Start",name:"Start",title:"First rate of the sweep"}),end_lr:new A({...s,label:"End",name:"End",title:"\
Last rate of the sweep"}),num_iter:new A({label:"Steps",name:"Steps",title:"Number of rates, one for each training step",read:Qt,write:String,allowed:"Steps are\
 a whole number, 2 or more.",keys:"numeric",commit:e})},this.rule=new Q("Rule","How a rate is picked from the curve; no new sweep is needed",a=>t("rule",{rule:a})),
this.on=new Q("On","What the rule judges",a=>t("on",{on:a==="metric"?"metric":"loss"})),this.smoothing=new gt(a=>t("bandwidth",{bandwidth:a})),this.bounds=new k(
{name:"Bounds",text:"Bounds",icon:"off",kind:"lrw-toggle",title:"Show the range for a cyclical schedule, base to maximum rate, with edges to drag",press:()=>{t(
"show_bounds",{shown:this.bounds.el.getAttribute("aria-pressed")!=="true"})}}),this.summary=h("span"),this.own=h("p",{class:"lrw-hint"},"The rates are your own \
list, so start, end and steps are fixed.");let{start_lr:i,end_lr:o,num_iter:r}=this.fields;this.el=h("details",{class:"lrw-settings"},h("summary",{},h("span",{class:"\
lrw-unseen"},"Settings: "),this.summary),h("div",{class:"lrw-fields",role:"group","aria-label":"Settings"},i.el,o.el,r.el,this.rule.el,this.on.el,this.smoothing.
el,this.bounds.el),this.own)}show(t,e){let{choice:s,offers:i,plan:o}=t;b(this.summary,t.words.summary),this.fields.start_lr.show(o.start_lr,e.plan),this.fields.
end_lr.show(o.end_lr,e.plan),this.fields.num_iter.show(o.num_iter,e.plan),this.own.hidden=!e.own;let r=!t.closed;this.rule.show(i.rules.map(({name:l,words:c})=>({
value:l,text:l,words:c})),s.rule,r),this.on.el.hidden=i.metric_name===null;let a={value:"metric",text:i.metric_name??"metric",words:"Higher is better"};this.on.
show([{value:"loss",text:"loss",words:"Lower is better"},a],s.on,r),this.smoothing.show(s.bandwidth,r),this.bounds.show({there:!0,on:r,icon:s.shows_bounds?"on":
"off"}),f(this.bounds.el,"aria-pressed",String(s.shows_bounds))}commit(){if(!Object.values(this.fields).some(u=>u.changed))return!0;let{start_lr:e,end_lr:s,num_iter:i}=this.
fields,[o,r,a]=[e.take(),s.take(),i.take()];if(o!==null&&r!==null&&o>=r)return e.changed?e.complain(`Start must be below End, which is ${y(r)}.`):s.complain(`En\
d must be above Start, which is ${y(o)}.`),!1;if(o===null||r===null||a===null)return!1;let l={};e.changed&&(l.start_lr=o),s.changed&&(l.end_lr=r),i.changed&&(l.
num_iter=a);let c=this.say("plan",l);return l.start_lr!==void 0&&e.send(o,c),l.end_lr!==void 0&&s.send(r,c),l.num_iter!==void 0&&i.send(a,c),!0}plan(){let[t,e,s]=Object.
values(this.fields).map(i=>i.take());return t===null||e===null||s===null?null:{start_lr:t,end_lr:e,num_iter:s}}showWrong(){let t=Object.values(this.fields).find(
e=>e.input.getAttribute("aria-invalid"));t&&(this.el.open=!0,t.input.focus())}},Z=class{constructor(){this.asked=null}async until(t,e){let s={};this.asked=s,await t,
this.asked===s&&(this.asked=null,e())}},Q=class extends Z{constructor(t,e,s){super();let[i,o]=[_(),_()];this.select=h("select",{id:i,class:"lrw-input",title:e,"\
aria-describedby":o}),this.words=h("span",{id:o,class:"lrw-hint"}),this.el=h("span",{class:"lrw-field"},h("label",{class:"lrw-field-label",for:i,title:e},t),this.
select,this.words),this.options=[],this.value="",this.select.addEventListener("change",()=>{this.explain(),this.until(s(this.select.value),()=>this.put())})}show(t,e,s){
this.select.disabled=!s;let i=t.some(r=>r.value===e)?t:[...t,{value:e,text:e,words:""}],o=i.length===this.options.length&&i.every(({value:r,text:a},l)=>this.options[l].
value===r&&this.options[l].text===a);this.options=i,o||this.select.replaceChildren(...i.map(({value:r,text:a})=>h("option",{value:r},a))),this.value=e,this.asked||
this.put()}put(){this.select.value!==this.value&&(this.select.value=this.value),this.explain()}explain(){let t=this.options.find(({value:e})=>e===this.select.value);
b(this.words,t?.words??"")}},gt=class extends Z{constructor(t){super();let e=_(),s="Width of the smoothing in decades of the learning rate; 0 is none";this.rail=
h("input",{id:e,class:"lrw-rail",type:"range",min:0,step:Qe,title:s}),this.number=h("span",{class:"lrw-number","aria-hidden":"true"}),this.el=h("span",{class:"l\
rw-field"},h("label",{class:"lrw-field-label",for:e,title:s},"Smoothing"),h("span",{class:"lrw-smoothing"},this.rail,this.number)),this.value=0,this.rail.addEventListener(
"input",()=>{let i=Number(this.rail.value);this.write(i),this.until(t(i),()=>this.put())})}show(t,e){this.rail.disabled=!e,this.value=t,f(this.rail,"max",Math.max(
ts,Math.ceil(t))),this.asked||this.put()}put(){Number(this.rail.value)!==this.value&&(this.rail.value=String(this.value)),this.write(this.value)}write(t){let e=String(
Number(t.toPrecision(3)));b(this.number,e),f(this.rail,"aria-valuetext",t===0?"none":`${e} decades`)}};var ss={hello:"",run:"Run",pause:"Pause",resume:"Resume",stop:"Stop",accept:"Accept",undo:"Undo",clear:"Clear",move:"the learning rate",bounds:"the bounds",show_bounds:"\
Bounds",plan:"the settings",rule:"Rule",bandwidth:"Smoothing",on:"On",export:"the export"};function ee(n,t){let{can:e,choice:s}=n,i=n.state==="running"||n.state===
"paused",o=(...c)=>c.some(u=>t.waiting.includes(u)),r=t.typed??t.lr,a=!i&&r!==null&&r===s.accepted_lr,l=n.state==="idle"&&t.lr===null&&!e.undo&&!e.accept;return{
run:{...is(n),waits:o("run","pause","resume")},stop:{there:i,on:e.stop,waits:o("stop")},suggestion:{there:!i&&e.move&&s.suggested_lr!==null&&t.lr!==s.suggested_lr,
on:e.move,title:s.suggested_lr===null?"":`Back to the suggestion, ${y(s.suggested_lr)}`},undo:{there:!i&&e.undo,on:e.undo,waits:o("undo")},accept:{there:!l,on:!i&&
!a&&r!==null&&(e.accept||e.move),text:a?"Accepted":"Accept",waits:o("accept")},rate:{there:!l,lr:t.lr,on:e.move},status:ns(n,t,i),settings:{plan:!i&&!n.closed&&
n.plan.step_mode!=="list",own:n.plan.step_mode==="list"},menu:{rate:t.lr!==null,points:n.progress.step>0,clear:e.clear}}}function is({state:n,can:t,progress:e}){
if(n==="running")return{name:"Pause",text:"Pause",there:!0,on:t.pause,main:!0};if(n==="paused")return{name:"Resume",text:"Resume",there:!0,on:t.resume,main:!0};
let s=n!=="idle"&&e.step>0;return{name:"Run",text:s?"Run again":"Run",there:!0,on:t.run,main:!s}}function ns(n,t,e){let{words:s}=n,i=as(t.waiting,n.deaf),o=n.state===
"failed",r=os(n,t.refused,o),a=r.some(p=>p.refused),l={waiting:i,notes:r,marked:i!==""||!a};if(e){let p=n.state==="paused",d=s.tone==="quiet"?"running":s.tone;return{
...l,tone:i?"waiting":a?"error":p?"paused":d,headline:"",text:"",progress:rs(n)}}let c=i!=="",u=n.state==="finished"&&s.tone==="quiet"&&n.choice.suggested_lr!==
null;return{...l,tone:i?"waiting":a||o?"error":u?"good":s.tone,headline:c?"":s.headline,text:c?"":s.text,progress:null}}function os({words:n},t,e){let s=n.notes.
map((o,r)=>({text:o,refused:t!==null&&o.includes(t)?!0:r===0&&n.tone==="error"&&!e}));return t===null||[n.headline,n.text,...n.notes].some(o=>o.includes(t))?s:[
{text:t,refused:!0},...s]}function rs({state:n,progress:t}){let{step:e,num_iter:s,seconds_left:i,loss:o,best_loss:r,steps_per_second:a}=t,l=n==="running";return{
count:`${l?"":"Paused at "}${e} of ${s}`,fraction:s>0?Math.min(e/s,1):0,left:l&&i!==null?`${ft(i)} left`:"",loss:o===null?"":z(o),best:r===null?"":z(r),speed:l&&
a!==null?Vt(a):""}}function as(n,t){if(n.length===0)return"";let e=[...new Set(n.map(i=>ss[i]))].filter(i=>i!=="");return`Waiting for the kernel${e.length>0?` t\
o answer: ${e.join(", ")}`:" to answer"}.${t?" The cell that runs must end first.":""}`}var ls={quiet:null,running:null,paused:"pause",good:"accept",warning:"warning",error:"error",waiting:"waiting"},tt=class{constructor(){this.icon=C("warning"),this.
headline=h("strong",{class:"lrw-headline"}),this.text=h("span",{class:"lrw-text"}),this.count=h("span",{class:"lrw-count"}),this.done=h("span",{class:"lrw-done"}),
this.bar=h("span",{class:"lrw-bar",role:"progressbar","aria-label":"Progress of the sweep","aria-valuemin":0,"aria-valuemax":100},this.done),this.left=h("span",
{class:"lrw-left"}),this.loss=h("b"),this.best=h("span"),this.losses=h("span",{class:"lrw-losses"},"loss ",this.loss,this.best),this.speed=h("span",{class:"lrw-\
speed"}),this.progress=h("span",{class:"lrw-progress"},this.count,this.bar,this.left,this.losses,this.speed),this.waiting=h("span",{class:"lrw-waiting"}),this.line=
h("div",{class:"lrw-line"},this.icon,this.headline,this.progress,this.text,this.waiting),this.notes=h("ul",{class:"lrw-notes",hidden:!0}),this.noted="",this.told=
h("div",{class:"lrw-told",role:"status","aria-live":"polite"}),this.el=h("div",{class:"lrw-status"},this.line,this.notes,this.told)}show(t,e){f(this.el,"data-to\
ne",t.tone);let s=t.marked?ls[t.tone]:null;s&&P(this.icon,s),f(this.icon,"hidden",s===null),b(this.headline,t.headline),b(this.text,t.text),b(this.waiting,t.waiting),
this.progress.hidden=t.progress===null,t.progress&&this.showProgress(t.progress,t.waiting!=="");let i=JSON.stringify(t.notes);i!==this.noted&&(this.noted=i,this.
notes.replaceChildren(...t.notes.map(({text:o,refused:r})=>r?h("li",{class:"is-refused"},C("error"),o):h("li",{},o)))),this.notes.hidden=t.notes.length===0,b(this.
told,e)}showProgress(t,e){b(this.count,t.count);let s=Math.round(100*t.fraction);f(this.bar,"aria-valuenow",s),f(this.bar,"aria-valuetext",t.count),this.done.style.
transform=`scaleX(${t.fraction})`,b(this.left,e?"":t.left),b(this.loss,t.loss),b(this.best,t.best===""?"":`, best ${t.best}`),this.losses.hidden=e||t.loss==="",
b(this.speed,e?"":t.speed)}};var wt={Run:{icon:"run",press:"run",title:"Sweep the learning rate; everything is given back afterwards"},Pause:{icon:"pause",press:"pause",title:"Hold the swee\
p; Resume goes on from there"},Resume:{icon:"run",press:"resume",title:"Go on with the sweep"}},et=class{constructor(t,e,s){this.client=t,this.move=s,this.run=new k(
{name:"Run",text:"Run",icon:"run",kind:"lrw-run",title:wt.Run.title,press:()=>e(wt[this.run.name].press)}),this.stop=new k({name:"Stop",text:"Stop",icon:"stop",
kind:"lrw-stop",title:"End the sweep; everything is given back",press:()=>e("stop")}),this.suggestion=new k({name:"Back to the suggestion",text:"suggestion",icon:"\
back",kind:"lrw-suggestion",press:()=>e("suggestion")}),this.undo=new k({name:"Undo",text:"Undo",icon:"undo",kind:"lrw-undo",title:"Give the optimizer back the \
rates that it had before Accept",press:()=>e("undo")}),this.rate=new A({label:"learning rate",name:"Learning rate",title:"Where the marker stands, and what Acce\
pt writes into the optimizer",read:X,write:y,allowed:"A learning rate is a number above 0, for example 0.001 or 1e-3.",keys:"decimal",commit:()=>{this.commit()}}),
this.rate.el.classList.add("lrw-rate"),f(this.rate.input,"role","spinbutton"),this.rate.input.addEventListener("keydown",i=>this.step(i)),this.accept=new k({name:"\
Accept",text:"Accept",icon:"accept",kind:"lrw-accept",title:"Write the learning rate into the optimizer",press:()=>e("accept")}),this.el=h("div",{class:"lrw-too\
lbar",role:"group","aria-label":"Learning-rate range test"},h("span",{class:"lrw-side"},this.run.el,this.stop.el),h("span",{class:"lrw-side lrw-way"},this.suggestion.
el,this.undo.el),h("span",{class:"lrw-side lrw-choice"},this.rate.el,this.accept.el))}show(t){this.keepFocus(t);let{icon:e,title:s}=wt[t.run.name];this.run.show(
{...t.run,icon:e,title:s}),this.stop.show(t.stop),this.suggestion.show(t.suggestion),this.undo.show(t.undo),this.accept.show(t.accept),this.el.classList.toggle(
"is-plain",!t.rate.there),this.el.classList.toggle("is-busy",t.stop.there),this.rate.show(t.rate.lr,t.rate.on);let[i,o]=this.client.blank.limits,{input:r}=this.
rate;f(r,"aria-valuenow",t.rate.lr===null?null:M(t.rate.lr)),f(r,"aria-valuemin",M(i)),f(r,"aria-valuemax",M(o)),f(r,"aria-valuetext",t.rate.lr===null?"none yet":
y(t.rate.lr))}keepFocus(t){let e=T(this.el);e===this.stop.el&&!t.stop.there?this.run.el.focus({preventScroll:!0}):e===this.suggestion.el&&!t.suggestion.there?this.
rate.input.focus({preventScroll:!0}):e===this.undo.el&&!t.undo.there?this.accept.el.focus({preventScroll:!0}):!t.rate.there&&this.el.lastElementChild?.contains(
e)&&this.run.el.focus({preventScroll:!0})}commit(){if(!this.rate.on)return!0;let t=this.rate.take();return t===null?!this.rate.changed:(this.rate.changed&&t!==this.
client.lr?this.choose(t):this.rate.revert(),!0)}async choose(t){this.rate.complain(null),this.rate.put(t);let{done:e,why:s}=await this.move(t);!e&&!this.rate.changed&&
this.rate.on&&this.rate.refuse(t,s)}step(t){if(t.key!=="ArrowUp"&&t.key!=="ArrowDown"||t.ctrlKey||t.metaKey||t.altKey||t.shiftKey||(t.preventDefault(),!this.rate.
on))return;let e=this.rate.take();if(e===null)return;let s=te(t.key,e,this.client.blank);s!==this.client.lr&&this.choose(s)}};function ie(n,t,e){let s=!1,i=!1,o=async()=>{i=!0;try{for(let r=performance.now();s&&!e.aborted;){if(await se(e),performance.now()-r<t())continue;if(await bt(0,
e),e.aborted)break;s=!1;let a=performance.now();await n(),await se(e),await bt(0,e),r=performance.now(),await bt(r-a,e)}}finally{i=!1}};return()=>{s=!0,!i&&!e.aborted&&
o()}}function ne(n,t,e){let s=null;return e.addEventListener("abort",()=>clearTimeout(s??void 0),{once:!0}),()=>{e.aborted||(s??=setTimeout(()=>{s=null,t()},n))}}
function se(n){return new Promise(t=>{let e=()=>{cancelAnimationFrame(s),t(null)},s=requestAnimationFrame(()=>{n.removeEventListener("abort",e),t(null)});n.addEventListener(
"abort",e,{once:!0}),n.aborted&&e()})}function bt(n,t){return new Promise(e=>{let s=()=>{clearTimeout(i),e(null)},i=setTimeout(()=>{t.removeEventListener("abort",
s),e(null)},n);t.addEventListener("abort",s,{once:!0}),t.aborted&&s()})}var hs=2,O=class{lr=null;#t=null;#s=new Map;#e=[];constructor(t,e,s){this.place_=e,this.look=s,this.el=document.createElement("div"),this.el.className=`lrwidget\
-marker ${s.className??""}`.trim(),this.el.tabIndex=0,this.el.setAttribute("role","slider"),this.el.setAttribute("aria-label",s.name),this.el.setAttribute("aria\
-orientation","horizontal"),this.el.setAttribute("data-lm-suppress-shortcuts","true");for(let o=0;s.heights&&o<hs;o++){let r=document.createElement("span");r.className=
"lrwidget-marker-ring",this.#e.push(r),this.el.append(r)}this.readout=document.createElement("span"),this.readout.className="lrwidget-marker-readout",this.readout.
setAttribute("aria-hidden","true"),this.el.append(this.readout),t.append(this.el);let{signal:i}=e;this.el.addEventListener("pointerdown",o=>this.#a(o),{signal:i}),
this.el.addEventListener("pointermove",o=>this.#h(o),{signal:i}),this.el.addEventListener("pointerup",o=>this.#u(o),{signal:i}),this.el.addEventListener("pointe\
rcancel",()=>this.cancel(),{signal:i}),this.el.addEventListener("lostpointercapture",()=>this.cancel(),{signal:i}),this.el.addEventListener("keydown",o=>this.#d(
o),{signal:i}),i.addEventListener("abort",()=>this.cancel()),this.place()}get dragging(){return this.#t!==null}set(t){this.dragging||(this.lr=t,this.place())}place(){
let t=this.place_.axis(),{lr:e}=this;e===null||!t?this.el.hidden=!0:(this.el.hidden=!1,this.#r(e,t),this.#i(e)),this.look.placed?.()}#r(t,e){let{top:s,height:i,
width:o}=this.place_.panels(),r=e.d2p(t),a=Math.min(Math.max(r,0),e._length),l=Math.abs(a-r)>1;this.el.classList.toggle("is-outside",l),this.el.style.transform=
`translateX(${e._offset+a}px)`,this.el.style.top=`${s}px`,this.el.style.height=`${i}px`;let c=l?[]:this.look.heights?.(t)??[];this.#e.forEach((g,v)=>{g.hidden=!(c[v]>=
0),g.hidden||(g.style.transform=`translateY(${c[v]-s}px)`)}),this.readout.textContent=`${this.look.prefix??""}${y(t)}`;let u=this.look.side??0,p=this.#n()/2+2,d=e.
_offset+a+u*p,m=Math.max(p-d,0),w=Math.max(p-(o-d),0);this.readout.style.marginLeft=`${u*p+m-w}px`}#i(t){let[e,s]=this.#o();this.el.setAttribute("aria-valuemin",
M(e)),this.el.setAttribute("aria-valuemax",M(s)),this.el.setAttribute("aria-valuenow",M(t)),this.el.setAttribute("aria-valuetext",y(t)),this.el.setAttribute("ar\
ia-disabled",String(!this.place_.movable()))}#n(){let t=this.readout.textContent.replace(/\d/g,"0"),e=this.#s.get(t)??this.readout.offsetWidth;return e>0&&this.#s.
set(t,e),e}#o(){return(this.look.limits??this.place_.limits)()}#a(t){if(t.button!==0||this.lr===null||this.dragging||(t.preventDefault(),t.stopPropagation(),this.
el.focus({preventScroll:!0}),!this.place_.movable()))return;this.el.setPointerCapture(t.pointerId);let e=this.el.getBoundingClientRect(),s=this.el.offsetParent??
this.el.parentElement,{left:i}=s.getBoundingClientRect(),o=t.clientX-(e.left+e.width/2)+i;this.#t={pointer:t.pointerId,offset:o,from:this.lr},this.el.classList.
add("is-dragging")}#h(t){let e=this.place_.axis();if(t.pointerId!==this.#t?.pointer||!e)return;let s=t.clientX-this.#t.offset-e._offset,i=D(e.p2d(Math.min(Math.
max(s,0),e._length)),e,this.#o());i!==this.lr&&(this.lr=i,this.place(),this.look.dragged?.(i))}#u(t){if(t.pointerId!==this.#t?.pointer)return;let{from:e}=this.#t;
this.#l(),this.lr!==e&&this.lr!==null&&this.look.chosen(this.lr),this.look.dragged?.(null)}cancel(){if(!this.#t)return;let{from:t}=this.#t;this.#l(),this.set(t),
this.look.dragged?.(null)}#l(){let t=this.#t?.pointer;this.#t=null,t!==void 0&&this.el.hasPointerCapture(t)&&this.el.releasePointerCapture(t),this.el.classList.
remove("is-dragging")}#d(t){if(t.key==="Escape"&&this.dragging)return t.stopPropagation(),this.cancel();let e=this.place_.axis();if(this.lr===null||this.dragging||
!e||t.ctrlKey||t.metaKey||t.altKey)return;let s=q(t.key,t.shiftKey,this.lr,e,this.#o());s!==null&&(t.preventDefault(),t.stopPropagation(),!(s===this.lr||!this.place_.
movable())&&(this.set(s),this.look.chosen(s)))}};var oe="lrwidget-bound",st=class{constructor(t,e,s){this.place_=e,this.band=document.createElement("div"),this.band.className="lrwidget-band",t.append(this.band);
let i=()=>{this.base.lr!==null&&this.max.lr!==null&&s([this.base.lr,this.max.lr])},o=()=>this.#t();this.base=new O(t,e,{name:"Base learning rate",className:oe,prefix:"\
base ",side:-1,limits:()=>[e.limits()[0],this.max?.lr??e.limits()[1]],chosen:i,placed:o}),this.max=new O(t,e,{name:"Maximum learning rate",className:oe,prefix:"\
max ",side:1,limits:()=>[this.base?.lr??e.limits()[0],e.limits()[1]],chosen:i,placed:o}),this.set(null)}set(t){this.base.set(t?.[0]??null),this.max.set(t?.[1]??
null)}get dragging(){return this.base.dragging||this.max.dragging}cancel(){this.base.cancel(),this.max.cancel()}place(){this.base.place(),this.max.place()}#t(){
let t=this.place_.axis(),[e,s]=[this.base?.lr??null,this.max?.lr??null];if(this.band.hidden=e===null||s===null||!t,e===null||s===null||!t)return;let i=l=>Math.min(
Math.max(t.d2p(l),0),t._length),{top:o,height:r}=this.place_.panels(),a=i(e);this.band.style.left=`${t._offset+a}px`,this.band.style.width=`${Math.max(i(s)-a,0)}\
px`,this.band.style.top=`${o}px`,this.band.style.height=`${r}px`}};function re(n,t,e,s,i){let o=[],r=0;for(let d=0;d<n.length;d++)!(n[d]>=-e/2&&n[d]<=1.5*e)||!Number.isFinite(t[d])||(o.push(d),n[d]>=0&&n[d]<=e&&(r+=1));if(o.length<=
i)return o;let a=new Uint8Array(n.length);if(r<=i)for(let d of o)a[d]=n[d]>=0&&n[d]<=e?1:0;let l=Math.max(5,2*e/(.75*i/4));for(let d of cs(o,n,t,l,s))a[d]=1;let c=o.
filter(d=>t[d]>=0&&t[d]<=s),u=i-o.reduce((d,m)=>d+a[m],0),p=[];for(let d=2.5;d<s&&(p=us(c,n,t,Math.min(d,l),d,e,s),!(p.length<=u));d*=1.25);if(p.length<=Math.max(
u,0))for(let d of p)a[d]=1;return o.filter(d=>a[d])}function cs(n,t,e,s,i){let o=new Map,r=(a,l,c)=>{let u=o.get(a);(u===void 0||c*e[l]>c*e[u])&&o.set(a,l)};for(let a of n){
let l=4*Math.floor(t[a]/s);r(l,a,1),r(l+1,a,-1),!(e[a]<0||e[a]>i)&&(r(l+2,a,1),r(l+3,a,-1))}return o.values()}function us(n,t,e,s,i,o,r){let a=Math.ceil(r/i)+1,
l=new Uint8Array(a*(Math.ceil(2*o/s)+1));return n.filter(c=>{let u=a*Math.floor((t[c]+o/2)/s)+Math.floor(e[c]/i),p=l[u]===0;return l[u]=1,p})}var ds=30,ps=64,fs=1.5,ms=3,gs=11,ws=9,bs=560;function yt(n){let t=ys(n);return{data:xt(n,t),layout:t}}function ys({blank:n,series:t,overlay:e,theme:s,zoom:i,banded:o,
dragmode:r,width:a}){let l=vs(n.layout,s.layout),{axes:c}=t;l.yaxis.showticklabels=c!==null,c&&(l.yaxis.range=c.loss.slice(),Object.assign(l.yaxis2,{range:c.change.
slice(),tickvals:c.tickvals,ticktext:c.ticktext})),l.yaxis3&&(c?.metric&&(l.yaxis3.range=c.metric.slice()),l.yaxis3.tickfont.color=s.metric),l.annotations=l.annotations.
filter(({name:u})=>u!=="rate title"||o||a>=bs);for(let u of l.annotations)u.name==="metric heading"&&(u.font.color=s.metric);for(let[u,p]of Object.entries(i))l[u]&&
(l[u].range=p.slice());for(let u of vt(l))l[u].autorange=!1;return Object.assign(l,{width:a,dragmode:r}),Object.assign(l.xaxis,xs(l.xaxis,a-l.margin.l-l.margin.
r)),l.shapes=o&&e.band?[{...s.band,x0:e.band[0],x1:e.band[1]}]:[],l}function xs({type:n,range:t},e){let s=Math.abs(t[1]-t[0]),i={tickvals:null,ticktext:null,dtick:null,
nticks:0,tickfont:{size:gs}};if(n==="log"&&s>fs){let r=Math.max(1,Math.ceil(ds*s/e));return{...i,tickmode:"linear",dtick:r,tickfont:{size:ws}}}let o=n==="log"?ks(
t):[];return o.filter(r=>he(Math.log10(r),t)).length>=ms?{...i,tickmode:"array",tickvals:o,ticktext:o.map(r=>E(r,1))}:{...i,tickmode:"auto",nticks:Math.max(2,Math.
min(8,Math.floor(e/ps)))}}function ks(n){let[t,e]=[Math.floor(Math.min(...n))-1,Math.ceil(Math.max(...n))+1];return Array.from({length:e-t},(i,o)=>t+o).flatMap(
i=>[1,2,5].map(o=>+`${o}e${i}`))}function xt({blank:n,series:t,overlay:e,theme:s,most:i},o){let r=t.axes?.threshold??1,a=v=>Math.asinh(v/r),l=e.lr===null?[]:[e.
lr],c=Array.from(t.get("curveLr")),u=Array.from(t.get("change")),p=[ae(t.get("lr"),t.get("loss"),o,"yaxis",i),{x:c,y:it(t.get("smoothed"))},{x:c,y:it(u.map(a)),
customdata:u},{x:l,y:l.map(()=>e.loss)},{x:l,y:l.map(()=>a(e.change))},o.yaxis3&&ae(t.get("lr"),t.get("metric"),o,"yaxis3",i),{x:c,y:it(t.get("smoothedMetric"))}],
{loss:d,metric:m,suggestion:w}=s,g=[d,d,s.change,w,w,m,m];return n.data.map((v,L)=>{let S={...structuredClone(v),...p[L],uid:`lrwidget-${L}`};return S.marker&&(S.
marker.color=g[L]),S.marker?.line&&(S.marker.line.color=s.paper),S.line&&(S.line.color=g[L]),S})}function kt(n,t){let e=n.get("curveLr");if(e.length===0||!(t>=e[0]&&
t<=e[e.length-1]))return null;let[s,i]=[0,e.length-1];for(;i-s>1;){let c=s+i>>1;e[c]<=t?s=c:i=c}let o=i>s?(t-e[s])/(e[i]-e[s]):0,r=c=>c[s]+o*(c[i]-c[s]),a=r(n.get(
"smoothed")),l=Math.asinh(r(n.get("change"))/(n.axes?.threshold??1));return Number.isFinite(a)&&Number.isFinite(l)?{loss:a,change:l}:null}function le({data:n,layout:t},{
series:e,theme:s},i,o){let r=[...t.shapes],a=[...t.annotations],l=[];o&&r.push({...s.bounds,x0:o[0],x1:o[1]});let c=t.xaxis.type==="log"?Math.log10(i??1):i;if(i!==
null&&he(c,t.xaxis.range)){let{line:u,ring:p,pill:d,heading:m}=s.static_marker,w=t.height-t.margin.t-t.margin.b;r.push({...u,x0:i,x1:i,y1:1+m/w}),a.push({...d,x:c,
yshift:m,text:`<b>${y(i)}</b>`});let g=kt(e,i);g&&(l.push({...p,x:[i],y:[g.loss],yaxis:"y"}),l.push({...p,x:[i],y:[g.change],yaxis:"y2"}))}return{data:[...n,...l],
layout:{...t,shapes:r,annotations:a}}}function he(n,t){return n!==null&&n>=Math.min(...t)&&n<=Math.max(...t)}function ae(n,t,e,s,i){if(t.length<=i)return{x:Array.
from(n.subarray(0,t.length)),y:it(t)};let{width:o,height:r,margin:a,xaxis:l}=e,[c,u]=[o-a.l-a.r,r-a.t-a.b],[p,d]=e[s].domain,m=l.type==="log"?Math.log10:x=>x,w=([
x,xe],ke)=>ve=>(ve-x)/(xe-x)*ke,g=u*(d-p),[v,L]=[w(l.range,c),w(e[s].range,g)],S=re(n.map(x=>v(m(x))),t.map(x=>g-L(x)),c,g,i);return{x:S.map(x=>n[x]),y:S.map(x=>t[x])}}
function it(n){return Array.from(n,t=>Number.isFinite(t)?t:null)}function vt(n){return["xaxis","yaxis","yaxis2","yaxis3"].filter(t=>t in n)}function vs(n,t){let e=structuredClone(
n);for(let[s,i]of Object.entries(t)){let o=s.split("."),r=o.pop(),a=e;for(let l of o)a[l]??={},a=a[l];a[r]=i}return e}var _s=900,Es=5;function ce(n,t,e,s,i){n.on("plotly_relayout",u=>{let p={...e()};for(let d of vt(n._fullLayout))u[`${d}.autorange`]?delete p[d]:(`${d}.range[0]`in
u||`${d}.range`in u)&&(p[d]=n._fullLayout[d].range.slice());s.zoomed(p,u.dragmode)}),n.on("plotly_relayouting",s.moving);let o={x:0,y:0,moved:0,touch:!1};t.addEventListener(
"pointerdown",({clientX:u,clientY:p,pointerType:d})=>Object.assign(o,{x:u,y:p,moved:0,touch:d==="touch"}),{signal:i,capture:!0}),window.addEventListener("pointe\
rup",u=>{o.moved=Math.hypot(u.clientX-o.x,u.clientY-o.y)},{signal:i,capture:!0});let r=Number.NEGATIVE_INFINITY,a=Number.NEGATIVE_INFINITY;n.on("plotly_click",({
points:u,event:p})=>{let d=u.find(w=>w.data.name==="loss")?.x??u[0]?.x,m=p!==void 0&&(p.detail>1||p.timeStamp<=a);!(d>0)||o.moved>Es||m||(r=performance.now(),s.
clicked(d))});let l=()=>{a=performance.now(),performance.now()-r<_s&&s.unclicked(),r=Number.NEGATIVE_INFINITY,s.unzoomed()},c=u=>u.composedPath().some(p=>p instanceof
Element&&p.classList.contains("modebar"));t.addEventListener("dblclick",u=>c(u)||l(),{signal:i}),n.on("plotly_doubleclick",()=>o.touch&&l())}var Ss='style[id^="plotly.js-style"]',ue="data-lrwidget-plotly";function de(n){let t=n.getRootNode();if(!(t instanceof ShadowRoot))return;let i=[...document.head.
querySelectorAll(Ss)].flatMap(({sheet:r})=>[...r?.cssRules??[]]).map(r=>r.cssText).join(`
`),o=t.querySelector(`style[${ue}]`);o||(o=document.createElement("style"),o.setAttribute(ue,""),t.prepend(o)),o.textContent!==i&&(o.textContent=i)}var pe="http://www.w3.org/2000/svg";var we=new Set(["loss","metric"]);function be(n){return n.map(t=>we.has(t.name)?{...t,marker:{...t.marker,maxdisplayed:1}}:t)}function _t(n,t){return t.every(e=>{
if(e.x.length===0)return!0;let s=i=>n.querySelector(`.trace${e.uid} ${i}`);if(we.has(e.name)){let i=s(".points");if(!i)return!1;let{color:o,opacity:r,size:a}=e.
marker,l={stroke:o,strokeOpacity:r,strokeWidth:`${a}px`};fe(i,l,me(e,n._fullLayout,Ls))}else if(e.mode==="lines"){let i=s(".lines");if(!i)return!1;let{color:o,width:r}=e.
line,a=s(".js-line")?.style.strokeDasharray??"",l={stroke:o,strokeWidth:`${r}px`,strokeDasharray:a};fe(i,l,me(e,n._fullLayout,Ms))}return!0})}function fe(n,t,e){
let s=n.querySelector(".lrwidget-strokes");for(s||(s=document.createElementNS(pe,"g"),s.setAttribute("class","lrwidget-strokes"),n.prepend(s)),Object.assign(s.style,
t);s.childElementCount<e.length;)s.append(document.createElementNS(pe,"path"));[...s.children].forEach((i,o)=>{let r=e[o]??"";i.getAttribute("d")!==r&&i.setAttribute(
"d",r)})}function me({x:n,y:t,line:e,yaxis:s="y"},i,o){let[r,a]=[i.xaxis,i[s.replace("y","yaxis")]],l=Math.ceil(r._length/64),c=e?.dash!==void 0,u=Array(c?1:l+2).
fill(""),p=null;return n.forEach((d,m)=>{let w=t[m];if(w===null){p=null;return}let g=ge(r.d2p(d)),v=c?0:Math.min(Math.max(Math.floor(g/64),-1),l)+1,L={strip:v,place:`${g}\
,${ge(a.d2p(w))}`};u[v]+=o(L,p),p=L}),u}function Ls({place:n}){return`M${n}h0`}function Ms({strip:n,place:t},e){return e?n===e.strip?`L${t}`:`M${e.place}L${t}`:
`M${t}`}function ge(n){return Math.round(10*n)/10}var As=512,ye=250,Et=1e3,Ts=860,Ns="Loss and change in loss over the learning rate",nt=class{#t=null;#s=null;#e={};#r="zoom";#i=!0;#n=!1;#o=null;#a=null;#h=-1;#u=Number.
NEGATIVE_INFINITY;constructor(t,e,s){this.client=e,this.signal=s,this.stage=document.createElement("div"),this.stage.className="lrwidget-stage",this.stage.setAttribute(
"role","group"),this.graph=document.createElement("div"),t.append(this.stage);let i={axis:()=>this.graph._fullLayout?.xaxis,panels:()=>Os(this.graph),limits:()=>this.
client.blank.limits,movable:()=>this.client.state.can.move,signal:s};if(this.marker=new O(this.stage,i,{name:"Learning rate marker",chosen:r=>this.#m(r),dragged:r=>this.
client.drag(r),heights:r=>this.#v(r)}),this.bounds=new st(this.stage,i,r=>{e.say("bounds",{bounds:r})}),this.stage.append(this.graph),this.draw=ie(()=>this.#E(),
()=>this.#_(),s),this.later=ne(Et,this.draw,s),s.aborted){this.#k();return}this.#p(),this.#f(),e.subscribe(r=>this.#d(r),s);let o=new ResizeObserver(this.draw);
o.observe(this.stage),U(this.draw,s),s.addEventListener("abort",()=>{o.disconnect(),this.#k()}),this.#l()}async image(t){let e=this.#t??await this.client.plotly(),
s=this.#w(),i=this.#c,{data:o,layout:r}=le(yt(s),s,this.client.lr,i);r.paper_bgcolor=s.theme.paper;let{width:a,height:l}=r;return e.toImage({data:o,layout:r},{format:t,
width:a,height:l,scale:t==="png"?2:1})}async#l(){try{let t=await this.client.plotly();if(this.signal.aborted)return;this.#t=t,this.#s=this.#T(t)}catch(t){if(this.
signal.aborted)return;let e=t instanceof Error?t.message:String(t);this.graph.textContent=`The figure could not be loaded: ${e}. The sweep itself is not affecte\
d.`;return}this.draw()}#d(t){t==="blank"&&(this.#e={},this.#p()),t==="state"&&this.client.state.sweep!==this.#h&&(this.#h=this.client.state.sweep,this.marker.cancel(),
this.bounds.cancel()),t==="hand"&&(this.#u=performance.now()),t!=="points"&&this.#f(),this.draw()}#p(){let{layout:t,limits:e}=this.client.blank;this.stage.style.
height=`${t.height}px`,this.stage.classList.toggle("has-metric","yaxis3"in t),this.stage.setAttribute("aria-label",`${Ns}, ${E(e[0])} to ${E(e[1])}`)}#f(){this.
marker.set(this.client.lr),this.bounds.set(this.#c)}get#c(){return this.client.state.choice.shows_bounds?this.client.bounds:null}#m(t){this.client.say("move",{lr:t})}#v(t){
let{yaxis:e,yaxis2:s}=this.graph._fullLayout,i=kt(this.client.series,t),o=(r,a)=>{let l=r.d2p(a);return l>=0&&l<=r._length?r._offset+l:Number.NaN};return i?[o(e,
i.loss),o(s,i.change)]:[]}#_(){return this.graph._dragging?Number.POSITIVE_INFINITY:this.#g?ye:0}get#g(){let t=performance.now()-this.#u;return this.marker.dragging||
this.bounds.dragging||t<ye}#w(){let{blank:t,series:e,state:s}=this.client,{theme:i,paper:o}=B(this.stage),{marker:r,pill:a,bound:l,bound_pill:c}=t.themes[i],u={
paper:o??t.themes[i].paper,marker:r,pill:a,bound:l,"bound-pill":c};for(let[p,d]of Object.entries(u)){let{style:m}=this.stage;m.getPropertyValue(`--lrw-${p}`)!==
d&&m.setProperty(`--lrw-${p}`,d)}return{blank:t,series:e,overlay:s.overlay,theme:t.themes[i],zoom:this.#e,banded:this.#c===null,dragmode:this.#r,width:this.stage.
clientWidth||Ts,most:As}}async#E(){if(!this.#t||this.signal.aborted||this.stage.clientWidth===0)return;let t=this.#w(),{axes:e,version:s}=t.series,i={...t,overlay:JSON.
stringify(t.overlay),axes:e},o=Object.keys(i).filter(c=>i[c]!==this.#o?.parts[c]);if(o.length===0&&this.#A(t))return;let r=o.every(c=>c==="axes"||c==="overlay");
if(this.#o&&r&&this.#g&&performance.now()-this.#o.since<Et)return this.later();let{data:a,layout:l}=yt(t);if(await this.#t.react(this.graph,this.#i?be(a):a,l,this.#s),
this.signal.aborted)return this.#t.purge(this.graph);this.#n||this.#S(),this.#o={parts:i,layout:l,plotly:s,version:s,since:performance.now()},this.#y()}#S(){this.#n=
!0,de(this.stage);for(let e of this.graph.querySelectorAll(".main-svg"))e.setAttribute("aria-hidden","true");let t={zoomed:(e,s)=>{this.#e=e,this.#r=s??this.#r,
this.#y(),this.draw()},moving:()=>this.#x(),clicked:e=>this.#L(e),unclicked:()=>this.#M(),unzoomed:()=>this.#b()};ce(this.graph,this.stage,()=>this.#e,t,this.signal)}#L(t){
this.client.state.can.move&&(this.#a=this.client.lr,this.#m(D(t,this.graph._fullLayout.xaxis,this.client.blank.limits)))}#M(){let{can:t,choice:e}=this.client.state,
s=this.#a===e.suggested_lr?null:this.#a;t.move&&this.client.say("move",{lr:s})}#b(){this.#e={},this.draw()}#A(t){let e=this.#o,{version:s}=t.series;if(!e)return!1;
if(e.plotly===s)return!0;let i=performance.now()-e.since>Et;if(!this.#i||i&&!this.#g)return!1;if(this.later(),e.version===s)return!0;e.version=s;let o=_t(this.graph,
xt(t,e.layout));return this.marker.place(),o}#y(){if(this.#i&&!_t(this.graph,this.graph.data)){this.#i=!1;for(let t of this.stage.querySelectorAll(".lrwidget-st\
rokes"))t.remove();this.#o=null,this.draw()}this.#x()}#x(){this.bounds.place(),this.marker.place()}#T(t){return{displaylogo:!1,showTips:!1,displayModeBar:"hover",
responsive:!1,doubleClick:!1,modeBarButtons:[["zoom2d","pan2d","zoomIn2d","zoomOut2d",{name:"resetZoom",title:"Reset the zoom",icon:t.Icons.home,click:()=>this.#b()}]]}}#k(){
this.#n&&this.#t.purge(this.graph),this.stage.remove()}};function Os(n){let{_size:t,width:e}=n._fullLayout;return{top:t.t,height:t.h,width:e}}var ot=class{constructor(t,e,s){this.client=e,this.signal=s,this.refused=null,this.pressed="",this.version=e.state.version,this.root=h("div",{class:"lrwidget"}),
this.stage=h("div",{class:"lrwidget-figure"}),this.toolbar=new et(e,i=>this.press(i),i=>this.say("move",{lr:i})),this.status=new tt,this.settings=new J((i,o)=>this.
say(i,o)),this.menu=new H(()=>this.offers?.items()??[],()=>this.root.getBoundingClientRect(),s),this.toolbar.el.append(this.menu.el),this.root.append(this.toolbar.
el,this.status.el,this.stage,this.settings.el),this.toolbar.rate.input.addEventListener("input",()=>this.draw()),this.draw(),!s.aborted&&(t.append(this.root),Rs(
this.root,e,s),Pt(this.root,s),Kt(this.root,this.stage,s),this.offers=new G({client:e,say:(i,o)=>this.say(i,o),figure:new nt(this.stage,e,s),root:this.root,now:()=>this.
shown,tell:i=>this.menu.say(i)}),e.subscribe(i=>this.follow(i),s),s.addEventListener("abort",()=>this.root.remove(),{once:!0}))}get shown(){let{state:t,lr:e,waiting:s}=this.
client;return ee(t,{lr:e,typed:this.toolbar.rate.typed,waiting:s,refused:this.refused})}draw(){let{state:t}=this.client,e=this.shown;f(this.root,"data-state",t.
state),this.toolbar.show(e),this.status.show(e.status,t.words.announcement),this.settings.show(t,e.settings)}follow(t){if(t==="points")return;let{version:e}=this.
client.state;e!==this.version&&(this.refused=null),this.version=e,this.draw()}async say(t,e){this.refused=null;let s=await this.client.say(t,e);return!s.done&&s.
why&&!this.signal.aborted&&(this.refused=s.why,this.draw()),s}press(t){t==="run"?this.run():t==="accept"?this.accept():t==="suggestion"?this.say("move",{lr:null}):
this.once(t,{})}async once(t,e){let s=JSON.stringify([t,e]);s!==this.pressed&&(this.pressed=s,await this.say(t,e),s===this.pressed&&(this.pressed=""))}run(){let t=this.
settings.commit()?this.settings.plan():null;t?this.once("run",t):this.settings.showWrong()}accept(){if(!this.toolbar.commit())return this.toolbar.rate.input.focus();
let{lr:t}=this.client;t!==null&&this.once("accept",{lr:t})}};function Rs(n,t,e){let s=n.getRootNode()instanceof ShadowRoot;if(s&&n.append(h("style",{},t.css)),t.
id==="")return;let i=`.lrwidget-of-${CSS.escape(t.id)}`,o=[".jp-OutputArea-child",".output_area"].map(a=>`${a}:has(${i}):not(:has(.lrwidget))`),r=h("style",{},`${[
i,...o].join(",")}{display:none!important}`);(s?document.head:n).append(r),e.addEventListener("abort",()=>r.remove(),{once:!0})}var Is={_esm:"",_css:"",_figure:{}},rt=new Map;function $s({model:n}){let t=new $(n);return rt.set(t.id,t),()=>{t.close(),rt.get(t.id)===t&&rt.delete(t.id);let e=n;
for(let[s,i]of Object.entries(Is))e.set?.(s,i,{silent:!0})}}function Cs({model:n,el:t,signal:e}){let s=new AbortController,i=()=>s.abort();e?.addEventListener("\
abort",i,{once:!0}),e?.aborted&&i();let o=rt.get(n.get("_id"));if(!o){let r=new $(n);s.signal.addEventListener("abort",()=>r.close(),{once:!0}),o=r}return new ot(
t,o,s.signal),i}var Pn={initialize:$s,render:Cs};export{Pn as default};
