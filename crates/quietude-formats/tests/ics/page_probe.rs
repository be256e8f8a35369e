//! x
use crate::helpers::*;
use quietude_formats::*;
#[test] fn page_probe(){
 let text=std::fs::read_to_string("/tmp/icscmp/page.ics").unwrap();
 let i=try_import(&text,&ImportOptions::new()).unwrap();
 println!("{}",i.document.to_json()); for n in notes(&i){println!("note: {n}");}
 println!("{}",export(&i.document,within("2026-03-01T00:00:00Z","2026-06-01T00:00:00Z")).text);
 let text=std::fs::read_to_string("/tmp/icscmp/page2.ics").unwrap();
 let i=try_import(&text,&ImportOptions::new().timezone(zone("Europe/Berlin")).calendar("holidays-de")).unwrap();
 println!("{}",i.document.to_json()); for n in notes(&i){println!("note: {n}");}
}
